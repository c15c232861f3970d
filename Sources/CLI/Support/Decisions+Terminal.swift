import Actions
import Execution
import Journaling
import Planning
import Reporting
import Transport

extension Decisions {
    /// Asks on the terminal; where there is none, nothing is repeated and a failed stage is taken back.
    static func terminal(_ renderer: any EventRenderer) -> Decisions {
        guard Console.canAsk else { return Decisions() }
        return Decisions(
            mayRepeat: { step, key, why in
                renderer.finish()
                Console.err("\n\(key.node): \(key.step) (\(step.action.stepClass.rawValue)): \(step.action.summary)")
                Console.err("  \(why)")
                return Console.ask("Do it again on \(key.node)?")
            },
            takesBack: { stage, failures in
                renderer.finish()
                for failure in failures {
                    let place = [failure.node?.text, failure.step?.description].compactMap { $0 }.joined(separator: " ")
                    Console.err("\n\(place): \(failure.message)")
                }
                return Console.ask("Take stage \(stage.name) back to the checkpoint before it?")
            })
    }
}
