package import Planning
package import Transport

/// One thing that happened in a run: a row of the journal and a line of the JSON output.
///
/// Flat on purpose: the same names serve people, scripts and the fold, and an unknown field of a later
/// version does no harm.
package struct Event: Codable, Sendable, Hashable {
    package var event: EventKind
    /// ISO 8601 in UTC with milliseconds, from the operator's clock.
    package var time: String
    package var run: RunID
    package var stage: String?
    package var step: StepID?
    package var node: NodeName?
    /// One or more lines for people.
    package var message: String?
    /// The script that was run, without its standard input: that is where secrets are.
    package var script: String?
    /// How the script ended: `exit code 3`.
    package var outcome: String?
    /// The last lines of what the script printed.
    package var output: String?
    /// What was measured or found: `outage_seconds`, `wwid`.
    package var facts: [String: String]?
    package var seconds: Double?

    /// Whether outages of a service that runs were agreed to: for the whole run in `start` and `resume`, for one
    /// step in `intent`.
    package var outage: Bool?

    // Only in `start`.
    package var plan: PlanSummary?
    package var inventory: String?
    package var version: String?
    /// What the plan is made of, for a later process that must make the very same one.
    package var source: PlanSource?

    // Only in `rollback`.
    /// The stage at whose checkpoint the taking back ends.
    package var to: String?
    /// Whether the operator asked for it; absent where a failed stage is the cause.
    package var asked: Bool?

    // Only in `end`.
    package var result: RunResult?
    package var changed: Int?
    package var unchanged: Int?
    package var skipped: Int?
    /// Absent where nothing was put off.
    package var deferred: Int?
    package var failed: Int?
    package var outageSeconds: Double?

    package enum CodingKeys: String, CodingKey {
        case event, time, run, stage, step, node, message, script, outcome, output, facts, seconds
        case plan, inventory, version, source, to, asked, outage, result, changed, unchanged, skipped, deferred, failed
        case outageSeconds = "outage_seconds"
    }

    package init(_ event: EventKind, run: RunID, time: String) {
        self.event = event
        self.run = run
        self.time = time
    }
}
