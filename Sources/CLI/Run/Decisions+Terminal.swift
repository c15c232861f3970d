import Execution
import Journaling
import Planning
import Reporting
import Steps
import Transport

extension Decisions {
    /// Asks on the terminal; where there is none, nothing is repeated or interrupted and a failed stage is taken back.
    static func terminal(_ renderer: any EventRenderer) -> Decisions {
        guard Console.canAsk else { return Decisions() }
        return Decisions(
            mayRepeat: { step, key, why in
                let introduction = """

                    \(key.node): \(key.step) (\(step.action.stepClass.rawValue)): \(step.action.summary)
                      \(why)

                    """
                return await Question("Do it again on \(key.node)?", below: introduction)
                    .isAnsweredYes { renderer.finish() }
            },
            takesBack: { stage, failures in
                let introduction = failures.map { failure in
                    let place = [failure.node?.text, failure.step?.description].compactMap { $0 }.joined(separator: " ")
                    return "\n\(place): \(failure.message)\n"
                }
                return await Question(
                    "Take stage \(stage.name) back to the checkpoint before it?", below: introduction.joined()
                ).isAnsweredYes { renderer.finish() }
            },
            agreesToOutage: { step, outage, why in
                let introduction = """

                    \(step.id): \(why)
                      to \(step.action.summary) \(outage.what)
                      the last outage: \(outage.last ?? "none was measured yet, so nobody can say how long it takes")

                    """
                return await Question("Interrupt the service now?", below: introduction)
                    .isAnsweredYes { renderer.finish() }
            })
    }
}
