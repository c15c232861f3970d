import Documents
import Inventory
import Planning
import Runbooks
import Steps
import Transport

/// A runbook of any length for a fleet of any size: stages of ten steps, the last of each a barrier.
enum BenchRunbook {
    static func plan(nodes: Int, steps: Int) throws -> (plan: Plan, endpoints: [Endpoint]) {
        let text = (1...nodes).map { number in
            "[[node]]\nname = \"n\(number)\"\naddress = \"10.\(number >> 16 & 255).\(number >> 8 & 255).\(number & 255)\"\n"
        }
        let inventory = try Fleet.parse(
            text.joined(), file: "inventory.toml",
            in: Surroundings(home: "/home/operator", directory: "/home/operator") { _ in nil })
        var plan = try Planner.plan(Runbook(parsing: runbook(steps), file: "runbook.toml"), for: inventory)
        for stage in plan.stages.indices {
            for index in plan.stages[stage].steps.indices where index % 10 == 9 {
                let action = plan.stages[stage].steps[index].action
                plan.stages[stage].steps[index].action = VariedAction(base: action, scope: .fleet, undo: action.undo)
            }
        }
        return (plan, inventory.nodes.map { $0.endpoint() })
    }

    private static func runbook(_ steps: Int) -> String {
        var text = "[runbook]\nname = \"bench\"\n"
        for step in 0..<steps {
            if step % 10 == 0 { text += "[[stage]]\nname = \"stage-\(step / 10)\"\n" }
            text += """
                [[stage.step]]
                id = "step-\(step)"
                action = "shell"
                with = { probe = "probe-\(step)", apply = "apply-\(step)", undo = "undo-\(step)" }

                """
        }
        return text
    }
}
