package import Documents
package import Steps
package import Transport

/// Proves fencing by doing it once: an idle node is fenced by another, boots anew and comes back.
///
/// Then its sbd is frozen, and its watchdog must reset it.
///
/// Idle is a node on which Pacemaker runs nothing and no virtual machine runs: before the cluster has them, libvirt's
/// own machines would be cut off in the middle of a write.
///
/// A device that was never seen to work is a hope. The first proof is kept on every node as a hash of the
/// fencing configuration; a change of the device, the timeouts or the nodes makes it void. The second is kept on the
/// node whose watchdog it was, and another watchdog makes it void too. Of nodes with equal watchdogs one is
/// enough: the others are at work, and never idle.
package struct FencingProveAction: Procedure {
    package static let kind = "fencing.prove"

    private let limit: Duration
    private let peers: [Peer]

    package var summary: String { "prove fencing by fencing one idle node" }
    package var consequence: String? {
        "cuts the power of one idle node and has its watchdog reset it; it boots anew after each"
    }
    package var stepClass: StepClass { .once }
    package var undo: Undo { .nothing }
    package var scope: Scope { .fleet }

    package init?(reading with: TableReader, peers: [Peer]) {
        limit = with.duration("timeout") ?? .seconds(600)
        self.peers = peers
        if peers.count < 2 {
            with.fail("fencing needs a second node to do it", at: with.location)
            return nil
        }
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            [ ! -f /var/lib/harun/proofs/fencing ] || blob proof </var/lib/harun/proofs/fencing
            [ ! -f /var/lib/harun/proofs/watchdog ] || blob watchdog_proof </var/lib/harun/proofs/watchdog
            \(SBDView.deviceWords())
            if [ -n "$SBD_DEVICE" ]; then
                watchdog=${SBD_WATCHDOG_DEV:-/dev/watchdog}
                \(WatchdogDevice.find("\"$watchdog\""))
                fact watchdog "$identity"
            fi
            \(Self.earlier)
            \(Self.guests)
            satisfied
            """, asking: [SBDView.running, UnitStates.question, PacemakerStatus.question])
    }

    private static let guests = """
        \(RunningGuests.words)
        find_guests
        fact guests "$guests"
        """

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        let lies = SBDAgreement.differences(observations, among: peers)
        if !lies.isEmpty { return peers.all(.refused("a fence would not be true: \(lies.joined(separator: "; "))")) }
        var hashes: [NodeName: String] = [:]
        for peer in peers {
            guard let observation = observations[peer.name] else { continue }
            guard let configuration = FencingConfiguration(observation, peers: peers) else {
                return peers.all(.refused("\(peer.name) knows no fencing device; is its Pacemaker running?"))
            }
            hashes[peer.name] = configuration.hash
        }
        if Set(hashes.values).count != 1 {
            return peers.all(.refused("fencing is not configured alike on \(peers.names.listed)"))
        }
        let watchdogs = unprovenWatchdogs(observations)
        let why: String
        if !isFenceProven(observations) {
            why = "no real fence has proven this configuration yet"
        } else if let watchdog = watchdogs.first {
            why = "no reset has proven the watchdog \(watchdog.identity) of \(watchdog.nodes.listed) yet"
        } else {
            return peers.all(.satisfied)
        }
        if let obstacle = unready(observations) { return peers.all(.refused("nothing is fenced now: \(obstacle)")) }
        if idle(observations, among: peers.names) == nil { return peers.all(.refused(busy(observations))) }
        for watchdog in watchdogs where idle(observations, among: watchdog.nodes) == nil {
            return peers.all(
                .refused(
                    "the watchdog \(watchdog.identity) of \(watchdog.nodes.listed) was never seen to reset "
                        + "its node, and \(busy(observations))"))
        }
        return peers.all(.needed(why))
    }

    /// Whether every node has the proof of a real fence under the configuration that it has now.
    private func isFenceProven(_ observations: [NodeName: Observation]) -> Bool {
        peers.names.allSatisfy { node in
            guard let observation = observations[node] else { return false }
            return word(observation.facts["proof"]) == FencingConfiguration(observation, peers: peers)?.hash
        }
    }

    /// The kinds of watchdogs that reset no node yet under the configuration of now, with the nodes that have them.
    private func unprovenWatchdogs(_ observations: [NodeName: Observation]) -> [(identity: String, nodes: [NodeName])] {
        var nodes: [String: [NodeName]] = [:]
        var proven: Set<String> = []
        for node in peers.names {
            guard let observation = observations[node], let identity = observation.facts["watchdog"] else { continue }
            nodes[identity, default: []].append(node)
            let hash = watchdogHash(observation)
            if hash != nil, word(observation.facts["watchdog_proof"]) == hash { proven.insert(identity) }
        }
        return nodes.filter { !proven.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What makes a watchdog's proof void where it changes.
    private func watchdogHash(_ observation: Observation) -> String? {
        FencingConfiguration(observation, peers: peers, watchdog: observation.facts["watchdog"])?.hash
    }

    /// The hash in a proof.
    private func word(_ proof: String?) -> String? { proof?.split(separator: " ").first.map(String.init) }

    /// Why a fence would prove nothing or do harm now.
    private func unready(_ observations: [NodeName: Observation]) -> String? {
        for peer in peers {
            guard let status = PacemakerStatus(observations[peer.name]) else { return "\(peer.name) gives no status" }
            if let obstacle = Self.obstacle(status, peers) { return obstacle }
            let units = UnitStates(observations[peer.name])
            let usesSBD = observations[peer.name]?.facts["dump"] != nil
            if usesSBD, !units["sbd.service"].isActive { return "sbd does not run on \(peer.name)" }
        }
        return nil
    }

    private static func obstacle(_ status: PacemakerStatus, _ peers: [Peer]) -> String? {
        if let obstacle = status.obstacle(toRunning: peers.names) { return obstacle }
        if !status.isFencingEnabled { return "fencing is switched off" }
        if status.isInMaintenanceMode { return "the cluster is in maintenance mode" }
        if !status.resources.contains(where: { $0.isFencingDevice && $0.isWell }) { return "no fencing device runs" }
        return nil
    }

    /// The last of these nodes that runs nothing but fencing devices, and no virtual machine.
    private func idle(_ observations: [NodeName: Observation], among nodes: [NodeName]) -> NodeName? {
        nodes.last { node in
            observations[node]?.facts["guests"]?.isEmpty == true
                && observations.values.allSatisfy { PacemakerStatus($0)?.activeResources(on: node).isEmpty == true }
        }
    }

    /// What keeps each node from being fenced, and how one of them becomes idle.
    private func busy(_ observations: [NodeName: Observation]) -> String {
        let work = peers.names.map { node in
            let guests = observations[node]?.words("guests") ?? []
            let resources =
                observations.values.compactMap { PacemakerStatus($0)?.activeResources(on: node) }
                .first { !$0.isEmpty } ?? []
            let what = resources.map(\.id) + guests.map { "the virtual machine \($0)" }
            return "\(node) runs \(what.joined(separator: ", "))"
        }
        let guest = peers.names.lazy.flatMap { observations[$0]?.words("guests") ?? [] }.first
        return "fencing is proven on an idle node only, and \(work.joined(separator: "; "))"
            + (guest.map { "; to make a node idle, type there: virsh shutdown \($0)" } ?? "")
    }

    package func perform(
        on node: NodeName, _ observations: [NodeName: Observation], in context: any ProcedureContext
    ) async throws(ProcedureFailure) -> [String: String] {
        var figures: [String: String] = [:]
        if !isFenceProven(observations) { figures = try await proveFence(observations, in: context) }
        for watchdog in unprovenWatchdogs(observations) {
            guard let target = idle(observations, among: watchdog.nodes),
                let origin = peers.names.first(where: { $0 != target }), let found = observations[target],
                let hash = watchdogHash(found), let header = SBDView(found).header
            else { throw ProcedureFailure("there is no idle node whose watchdog could reset it") }
            let proof = WatchdogProof(
                target: target, origin: origin, hash: hash, identity: watchdog.identity, msgwait: header.msgwaitTimeout,
                peers: peers)
            try await look(from: origin, at: target, in: context)
            figures.merge(try await proof.perform(within: limit, in: context)) { $1 }
        }
        return figures
    }

    private func proveFence(_ observations: [NodeName: Observation], in context: any ProcedureContext)
        async throws(ProcedureFailure) -> [String: String]
    {
        guard let target = idle(observations, among: peers.names),
            let origin = peers.names.first(where: { $0 != target }),
            let found = observations[origin], let hash = FencingConfiguration(found, peers: peers)?.hash
        else { throw ProcedureFailure("there is no idle node to fence") }
        // The fence takes as long, and so does the start of sbd after it.
        let msgwait = SBDView(found).header?.msgwaitTimeout ?? 0
        let limit = limit + .seconds(msgwait)
        try await look(from: origin, at: target, in: context)
        let before = try await context.bootID(of: target)
        let record = try await record(of: target, on: origin, hash, in: context)
        let began = ContinuousClock.now
        var figures = ["fenced_node": target.text]
        if let begun = record.begun, begun.boot != before, !record.successes.isSubset(of: begun.successes) {
            context.progress("an earlier harun fenced \(target) from \(origin), and it has booted since")
            try await context.comeBack(target, from: begun.boot, seenBy: origin, among: peers, within: limit)
        } else {
            try await context.run(Self.begin(hash, target, before, record.successes), on: origin)
                .demandSuccess("keeping on \(origin) that \(target) is fenced")
            context.progress("fencing \(target) from \(origin)")
            try await context.run(Self.fence(target, within: .seconds(max(180, 2 * msgwait + 60))), on: origin)
                .demandSuccess("fencing \(target) from \(origin)")
            figures["fence_seconds"] = (ContinuousClock.now - began).rounded
            if try await self.record(of: target, on: origin, hash, in: context).successes.isEmpty {
                throw ProcedureFailure("Pacemaker's history has no successful fence of \(target)", isUnknown: true)
            }
            try await context.comeBack(target, from: before, seenBy: origin, among: peers, within: limit)
        }
        let back = ContinuousClock.now
        let how = "\(target) fenced" + (figures["fence_seconds"].map { " in \($0) s" } ?? "")
        let mark = Script(
            """
            mkdir -p /var/lib/harun/proofs && cd /var/lib/harun/proofs || exit 1
            printf '%s %s %s\\n' \(hash) "$(date -u +%FT%TZ)" \(how.shellQuoted) >fencing.new
            mv fencing.new fencing && sync fencing
            """)
        try await context.demand(mark, everywhere: peers.names, "keeping the proof")
        figures["back_seconds"] = (back - began).rounded
        return figures
    }

    /// The last look before the shot: the observations are older than this.
    private func look(
        from origin: NodeName, at target: NodeName, in context: any ProcedureContext
    ) async throws(ProcedureFailure) {
        guard let status = await context.status(from: origin) else {
            throw ProcedureFailure("\(origin) gives no status of the cluster; nothing was fenced")
        }
        if let obstacle = Self.obstacle(status, peers) {
            throw ProcedureFailure("nothing was fenced: \(obstacle)")
        }
        let running = status.activeResources(on: target).map(\.id)
        if !running.isEmpty {
            throw ProcedureFailure("nothing was fenced: \(target) runs \(running.joined(separator: ", "))")
        }
        let answer = try await context.run(Script("\(Self.guests)\nsatisfied"), on: target).observation
        guard let guests = answer.facts["guests"] else {
            throw ProcedureFailure("nothing was fenced: \(target) does not say what virtual machines it runs")
        }
        if !guests.isEmpty {
            throw ProcedureFailure("nothing was fenced: \(target) runs the virtual machine \(guests)")
        }
    }

    static func fence(_ target: NodeName, within limit: Duration) -> Script {
        Script(
            "stonith_admin --reboot \(target.text.shellQuoted) --timeout \(Int(limit.inSeconds))",
            timeout: limit + .seconds(30))
    }
}
