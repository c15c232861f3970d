package import Transport

/// An action whose work is not one script: a reboot, a fence, a measured failover.
///
/// Probe, judgement and verification are those of any action; only the work in between is carried out
/// by ``perform(on:_:in:)``, which sees several nodes and survives their reboots.
package protocol Procedure: Action {
    /// Does the work for one node.
    ///
    /// - Parameters:
    ///   - node: the node the step is for.
    ///   - observations: what the probes found just before.
    ///   - context: the nodes, the clock and the way to report.
    /// - Returns: figures for the journal and the report, such as `outage_seconds`.
    func perform(
        on node: NodeName, _ observations: [NodeName: Observation], in context: any ProcedureContext
    ) async throws(ProcedureFailure) -> [String: String]
}

extension Procedure {
    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { nil }
}
