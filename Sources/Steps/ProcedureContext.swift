package import Transport

/// What a procedure may use of the engine.
package protocol ProcedureContext: Sendable {
    /// All nodes, in the inventory's order.
    var peers: [Peer] { get }

    /// Sees the cluster as its users do, from the operator's machine.
    var prober: any OutsideProber { get }

    /// Runs a script, with ``ScriptPrelude`` before it.
    ///
    /// A node that cannot be reached is an error; a script that failed is a result to look at.
    func run(_ script: Script, on node: NodeName) async throws(ProcedureFailure) -> CommandResult

    /// Waits until the node answers again over a new connection, with its host key proved anew.
    func reconnect(_ node: NodeName, within limit: Duration) async throws(ProcedureFailure)

    /// Asks again and again until the answer is not nil.
    ///
    /// - Parameters:
    ///   - what: what is awaited, for progress and for the error: `nodo2 to answer after its reboot`.
    ///   - pause: between two questions.
    /// - Throws: ``ProcedureFailure`` that names `what` when the limit has passed.
    func wait<T: Sendable>(
        for what: String, within limit: Duration, every pause: Duration,
        _ question: @Sendable () async throws(ProcedureFailure) -> T?
    ) async throws(ProcedureFailure) -> T

    /// Shows a line to whoever watches; not journaled.
    func progress(_ text: String)
}
