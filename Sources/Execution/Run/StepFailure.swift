package import Planning
package import Transport

/// Why a step did not come to its proved end on a node.
package struct StepFailure: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A guard forbade it; nothing was done.
        case refused
        /// It was tried and failed, or could not be tried.
        case failed
        /// It may have happened; nobody can tell from here.
        case unknown
    }

    package var kind: Kind
    package var step: StepID?
    package var node: NodeName?
    /// What happened, in one or more lines.
    package var message: String
    /// What was run, if anything was.
    package var script: String?
    /// The last lines of its output.
    package var output: String?
    /// Set where the connection, not the command, was the cause.
    package var transport: TransportError?
    /// Whether the node does not answer any more, and what was begun there may still run.
    var isAway = false
    /// Whether the node's probe, asked after the attempt was lost, says that the step is not done.
    var isDisproof = false
    /// Whether it is proved that the attempt never began.
    var wasNeverBegun = false
    /// Whether nothing is wrong but that the node was left out on the operator's word.
    package var isLeftOut = false
    /// Where its time was over and it was ended, after how many seconds.
    var late: String?
    /// Set where somebody else holds the node's lease.
    package var lease: LeaseHolder?
    /// The hashes of what the step's script kept before it changed anything, by name.
    var preImages: [String: String] = [:]

    package init(
        _ kind: Kind, step: StepID? = nil, node: NodeName? = nil, message: String, script: String? = nil,
        output: String? = nil, transport: TransportError? = nil
    ) {
        self.kind = kind
        self.step = step
        self.node = node
        self.message = message
        self.script = script
        self.output = output
        self.transport = transport
    }
}
