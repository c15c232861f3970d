import ArgumentParser
import Planning
import Transport

/// The yes to an outage of a service that runs, which every command has that carries a plan out.
///
/// `--yes` answers the question before the first change and no more: see
/// docs/decisions/0023-outages-are-agreed-to.md.
struct OutageOption: ParsableArguments {
    @Flag(help: "Agree to outages of a service that runs: a new failover, a restart of its resources.")
    var outage = false

    /// The line that does a step with its outage.
    static func command(_ step: PlannedStep, of plan: Plan, inventory: String) -> String {
        plan.runbook == "ha-cluster"
            ? "harun deploy \(inventory.shellQuoted) --only \(step.id.stage) --outage"
            : "the same command with --outage"
    }
}
