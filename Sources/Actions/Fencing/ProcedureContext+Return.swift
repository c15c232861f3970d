import Steps
import Transport

extension ProcedureContext {
    /// Waits until a node has booted and is back in the cluster, with its sbd.
    ///
    /// - Parameter before: the boot that must be over; nil where any will do.
    func comeBack(
        _ target: NodeName, from before: String?, seenBy origin: NodeName, among peers: [Peer], within limit: Duration
    ) async throws(ProcedureFailure) {
        try await reconnect(target, within: limit)
        _ = try await wait(for: "\(target) to have booted anew", within: limit, every: .seconds(2)) {
            () async throws(ProcedureFailure) -> Bool? in
            guard let now = try? await bootID(of: target) else {
                try await reconnect(target, within: limit)
                return nil
            }
            return now == before ? nil : true
        }
        let join = Script("systemctl is-enabled --quiet pacemaker.service || systemctl start pacemaker.service")
        try await run(join, on: target).demandSuccess("starting Pacemaker on \(target)")
        _ = try await wait(for: "\(target) to be back in the cluster", within: limit, every: .seconds(2)) {
            () async throws(ProcedureFailure) -> Bool? in
            guard let status = await self.status(from: origin), status.obstacle(toRunning: peers.names) == nil,
                let own = await self.status(from: target), own.obstacle(toRunning: peers.names) == nil
            else { return nil }
            return true
        }
        let sbd = Script("[ ! -s /run/sbd.pid ] || systemctl is-active --quiet sbd.service")
        try await run(sbd, on: target).demandSuccess("looking at sbd on \(target)")
    }

    /// What tells one boot of a node from every other.
    func bootID(of node: NodeName) async throws(ProcedureFailure) -> String {
        let result = try await run(Script("cat /proc/sys/kernel/random/boot_id"), on: node)
        try result.demandSuccess("reading the boot id of \(node)")
        return result.outputText.lastLines(1)
    }
}
