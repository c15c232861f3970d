package import Documents
package import Transport

/// One kind of step: says what it looks at, what it would do, and how that is taken back.
///
/// An action performs nothing. It describes scripts and judges their answers; the engine runs them,
/// keeps the journal and decides the order. That is why every action is tested without a node.
///
/// Verification is the probe once more: after ``apply(_:_:)`` the same ``judge(_:)`` must answer
/// ``Verdict/satisfied`` on every node. A step can therefore not claim an end that its next probe
/// would deny.
package protocol Action: Sendable {
    /// The name in runbooks: `iscsi.login`.
    static var kind: String { get }

    /// Reads the step's `with` table; notes what is wrong in the reader and answers nil then.
    init?(reading with: TableReader, peers: [Peer])

    /// One line in the imperative: `log in to iqn.… at 10.77.2.20:3260`.
    var summary: String { get }
    /// What it takes away from whoever uses the nodes just now, for the one question before a run: a reboot, an
    /// outage. Nil for most.
    var consequence: String? { get }
    var stepClass: StepClass { get }
    var undo: Undo { get }
    var scope: Scope { get }
    /// Whether, where the verdict is ``Verdict/needed(_:)``, these answers prove that doing the step does nothing for
    /// a second time: nothing of it has happened, or what it left on the node is what it goes on from.
    ///
    /// Only then is a step that must not run twice done after an attempt whose end nobody knows. A probe that looks
    /// at anything else than the effect itself proves nothing of the kind, so an action has to declare it.
    func neededIsProof(_ observations: [NodeName: Observation]) -> Bool

    /// Whether the step, where it does something, changes the cluster's configuration.
    var changesConfiguration: Bool { get }
    /// Whether what the step has proved holds for one configuration of the cluster only, so that it is done again after a
    /// change: a plan says so where its probe still finds it true.
    var provesConfiguration: Bool { get }

    /// Reads the state of one node; must change nothing.
    func probe(_ node: NodeName) -> Script

    /// What is asked of a node from the operator's machine while it is probed: most steps ask nothing.
    ///
    /// Each answer comes to the node's observation as a fact, see ``Observation/answers(_:)``.
    func outside(_ node: NodeName) -> [OutsideTarget]

    /// Turns the answers of every probed node into verdicts.
    ///
    /// With ``Scope/node`` it is asked for one node at a time.
    func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict]

    /// What people should know of nodes although nothing stands in the way there, one line each; none for most steps.
    ///
    /// For what cannot be known, or goes well now and may not later: ``judge(_:)`` would have to refuse it.
    func remarks(_ observations: [NodeName: Observation]) -> [NodeName: String]

    /// The action with what a later step of the run wants from the same nodes done along with it, where it can be.
    ///
    /// The later step stays, and finds itself true.
    func takingAlong(_ later: any Action) -> any Action

    /// What to run on a node that needs it, nil where this node has nothing to do itself.
    func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script?

    /// What the work would interrupt of a service that runs, by what the probes found; nil for most steps.
    ///
    /// Asked only where the verdict is ``Verdict/needed(_:)``. Whoever runs the plan has to agree to it, unless the
    /// same run brought the service (see ``bringsService(_:)``).
    func outage(_ observations: [NodeName: Observation]) -> Outage?

    /// Whether the work gives the cluster a service that it does not run yet: nobody relies on it before that run ends.
    func bringsService(_ observations: [NodeName: Observation]) -> Bool

    /// What every node must do to see what others did, between the work and its verification: re-read a
    /// disk's signature, for example. Nil where there is nothing; only asked with ``Scope/fleet``.
    func settle(_ node: NodeName) -> Script?

    /// Takes back what ``apply(_:_:)`` did on a node; nil where there is nothing to run.
    ///
    /// The directory `$HARUN_STATE` is the same one that the apply script had, and still holds what
    /// that script saved there.
    ///
    /// It must be safe after an apply that was cut off anywhere, and put nothing back that somebody else
    /// changed since: it ends with `refuse WHY` then, and nothing is done.
    func undo(_ node: NodeName) -> Script?

    /// Whether the undo script may be run once more where nobody knows how it ended, without asking first.
    var isUndoRepeatable: Bool { get }
}

extension Action {
    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        observations.mapValues(\.verdict)
    }

    package func outside(_ node: NodeName) -> [OutsideTarget] { [] }

    package func remarks(_ observations: [NodeName: Observation]) -> [NodeName: String] { [:] }

    package var consequence: String? { nil }

    package func neededIsProof(_ observations: [NodeName: Observation]) -> Bool { false }

    package var changesConfiguration: Bool { false }

    package var provesConfiguration: Bool { false }

    package func outage(_ observations: [NodeName: Observation]) -> Outage? { nil }

    package func bringsService(_ observations: [NodeName: Observation]) -> Bool { false }

    package func settle(_ node: NodeName) -> Script? { nil }

    package func takingAlong(_ later: any Action) -> any Action { self }

    package func undo(_ node: NodeName) -> Script? { nil }

    package var isUndoRepeatable: Bool { true }
}
