/// What happened.
///
/// The names are the `event` of the JSON output and of the journal, and never change.
package enum EventKind: String, Codable, Sendable, Hashable {
    /// A run began; holds the plan.
    case start
    /// A stage began.
    case stage
    /// A step was true already on a node: nothing done.
    case unchanged
    /// About to change a node. On disk before the node hears of it.
    case intent
    /// A step is done on a node, and its probe proved it.
    case applied
    /// A guard forbade to go on.
    case refused
    /// A step failed on a node.
    case failed
    /// A step's end could not be proved: the node must be looked at.
    case unknown
    /// The end of a stage: what a rollback of later stages returns to.
    case checkpoint
    /// About to take a step back on a node.
    case undo
    /// A step was taken back on a node.
    case undone
    /// Taking a step back failed; the others go on.
    case undoFailed = "undo-failed"
    /// A person decided that a step is not taken back on a node, and why: the message. It counts as decided.
    case undoSkipped = "undo-skipped"
    /// The run goes on, or is taken back, without this node, which does not answer; what is to be done there waits.
    case absent
    /// A step changed something that cannot be taken back, and stays.
    case kept
    /// The operator chose not to do a step on a node.
    case skipped
    /// A proof is missing or stale, and nobody agreed to the outage that a new one costs; the run goes on without it.
    case deferred
    /// Another process goes on with a run that was killed, stopped or failed.
    case resume
    /// A step that this run had done is not true on a node any more.
    case drift
    /// Taking back begins: every stage behind the checkpoint `to`, all stages where that is absent.
    case rollback
    /// A run ended, or a process's part of it: a `resume` may follow.
    case end
    /// Something worth seeing while it goes on; never journaled.
    case progress
}
