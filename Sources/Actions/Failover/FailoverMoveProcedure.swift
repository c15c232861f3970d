package import Documents
import Foundation
import Settings
package import Steps
package import Transport

/// The guide's test: Pacemaker is stopped on the active node, and the move is measured from outside.
///
/// It is an orderly move, not a crash: fencing plays no part in it. Nothing is injected unless every
/// audit is green, and whatever happens in between, Pacemaker is started again on that node: by this
/// procedure, or by a timer on the node itself where the operator's machine is gone.
package struct FailoverMoveProcedure: Procedure {
    package static let kind = "failover.move"

    let audit: FailoverAudit
    /// What may show the floating address, the best first.
    let candidates: [OutsideTarget]
    /// What the inventory wants to be asked besides; nil where that is the address.
    let service: OutsideTarget?
    let budget: Duration
    let nodes: [NodeName]

    package let stepClass = StepClass.once
    package let scope = Scope.fleet
    package let undo = Undo.nothing
    package let provesConfiguration = true

    package init?(reading with: TableReader, peers: [Peer]) {
        nodes = peers.map(\.name)
        budget = with.duration("budget") ?? .seconds(90)
        let floating = with.floatingAddress("address")
        audit = FailoverAudit(machine: with.string("vm"), mount: with.string("mount"), address: floating)
        let probe = with.value("probe")
        let text = with.convert(probe, key: "probe", expected: "a string") { $0.string } ?? "icmp"
        guard let floating else {
            if with.value("address") == nil {
                with.fail("a failover is measured at the floating address: give `address`", at: with.location)
            }
            return nil
        }
        let ip = floating.ip.description
        guard let service = OutsideTarget(text, address: ip) else {
            with.fail(
                "`probe` must be icmp, tcp:PORT or http://…, not \"\(text)\"", at: probe?.location ?? with.location)
            return nil
        }
        let icmp = OutsideTarget.icmp(host: ip)
        let isBeside = service.host == ip && service != icmp
        candidates = [icmp] + (isBeside ? [service] : []) + [.answer(host: ip)]
        self.service = service == icmp ? nil : service
    }

    package var summary: String {
        "stop Pacemaker on the active node and measure the move, \(budget.components.seconds) s allowed"
    }

    package var consequence: String? {
        "moves everything to another node once, with an outage that is measured; where the service ran before this run, "
            + "that is asked for by itself"
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            [ ! -e "${HARUN_STATE:-/dev/null}/begun" ] || fact begun yes
            [ ! -r \(FailoverProof.path) ] || blob proof <\(FailoverProof.path)
            \(CIB.demand)
            satisfied
            """, asking: [CIB.question])
    }

    /// A move that was begun shows nowhere once all is well again, and another one is another outage: only one that
    /// was never begun is proved.
    package func neededIsProof(_ observations: [NodeName: Observation]) -> Bool {
        observations.values.allSatisfy { $0.facts["begun"] == nil }
    }

    /// Starts Pacemaker again on a node that an earlier process left without it, whatever is decided about the step.
    package func settle(_ node: NodeName) -> Script? { FailoverMove.settle }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        observations.mapValues { observation in
            guard observation.verdict == .satisfied else { return observation.verdict }
            guard let cib = observation.secrets["cib"].flatMap({ CIB(xml: $0) }) else {
                return .failed("the answer of cibadmin cannot be read")
            }
            guard let proof = observation.facts["proof"].flatMap({ FailoverProof(json: $0) }) else {
                return .needed("no failover was measured yet")
            }
            if proof.configuration != FailoverProof.fingerprint(cib) {
                return .needed("the configuration changed since the failover of \(proof.time.formatted(.iso8601))")
            }
            let seconds = ["outage_seconds", "service_outage_seconds"].compactMap {
                proof.figures[$0].flatMap(Double.init)
            }
            if let longest = seconds.max(), longest > budget.inSeconds {
                return .needed(
                    "the failover of \(proof.time.formatted(.iso8601)) took \(longest) s, more than the budget")
            }
            return .satisfied
        }
    }

    /// Nil while the cluster has nothing to move: what this run brings is no service that anybody relies on yet.
    package func outage(_ observations: [NodeName: Observation]) -> Outage? {
        let cibs = observations.values.compactMap { $0.secrets["cib"].flatMap { CIB(xml: $0) } }
        guard cibs.contains(where: { cib in audit.ids.contains { cib.primitive($0) != nil } }) else { return nil }
        let proof = observations.values.lazy.compactMap { $0.facts["proof"].flatMap { FailoverProof(json: $0) } }.first
        return Outage(
            what: "stops \(audit.ids.joined(separator: ", ")) on the node that runs it and starts it on another",
            last: proof?.outage, isForProof: true)
    }

    package func perform(
        on node: NodeName, _ observations: [NodeName: Observation], in context: any ProcedureContext
    ) async throws(ProcedureFailure) -> [String: String] {
        try await FailoverMove.recover(nodes, in: context)
        let audit = try await audit(on: node, in: context)
        let before = try await look(audit, in: context)
        let problems = audit.problems(before, nodes: nodes)
        if !problems.isEmpty {
            throw ProcedureFailure("nothing was stopped, because not all is well:\n" + problems.joined(separator: "\n"))
        }
        guard let active = FailoverAudit.status(before[node])?.place(of: audit.ids),
            let witness = nodes.first(where: { $0 != active })
        else { throw ProcedureFailure("no node runs all of \(audit.ids.joined(separator: ", "))") }
        let begin = Script(
            #"umask 077; mkdir -p "$HARUN_STATE" && : >"$HARUN_STATE/begun" && sync "$HARUN_STATE/begun""#)
        let targets = try await targets(in: context)
        _ = try await context.facts(begin, on: active)
        let move = FailoverMove(
            audit: audit, nodes: nodes, active: active, witness: witness, budget: budget, context: context)
        let (report, timelines) = try await context.prober.watch(targets, every: .milliseconds(200)) {
            (watch: any OutsideWatch) async throws(ProcedureFailure) -> FailoverMove.Report in
            try await move.run(watch)
        }
        let figures = try report.figures(timelines, budget: budget)
        try await prove(figures, in: context)
        return figures
    }

    /// The address, as it can be seen from here, and the service: ICMP may be filtered, and the address be well.
    private func targets(in context: any ProcedureContext) async throws(ProcedureFailure) -> [OutsideTarget] {
        let names = candidates.map(\.description).joined(separator: ", ")
        let answered = try await context.prober.watch(candidates, every: .milliseconds(200)) {
            (watch: any OutsideWatch) async throws(ProcedureFailure) -> [OutsideTarget] in
            try await context.wait(for: "an answer (\(names))", within: .seconds(15), every: .milliseconds(500)) {
                () async throws(ProcedureFailure) -> [OutsideTarget]? in
                let answered = watch.timelines.filter { $0.samples.contains(where: \.isAnswered) }.map(\.target)
                if answered.first == candidates.first || watch.elapsed > .seconds(10) { return answered }
                return answered.isEmpty || watch.elapsed < .seconds(3) ? nil : answered
            }
        }.result
        guard let address = answered.first else {
            throw ProcedureFailure(
                "nothing was stopped, because the floating address does not answer this machine (\(names)). Name a port that "
                    + "answers there: [failover] probe = \"tcp:PORT\"; or run harun where the network lets it through")
        }
        if address != candidates.first {
            context.progress("ping is not answered, and ICMP may be filtered: the address is measured by \(address)")
        }
        return [address] + [service].compactMap(\.self).filter { $0 != address }
    }

    /// The audit of everything that needs the file system, as the configuration has it now.
    private func audit(on node: NodeName, in context: any ProcedureContext) async throws(ProcedureFailure)
        -> FailoverAudit
    {
        guard let script = audit.configurationScript, let mount = audit.mount else { return audit }
        let answer = try await context.observe(script, on: node)
        guard let cib = answer.secrets["cib"].flatMap({ CIB(xml: $0) }) else {
            throw ProcedureFailure("nothing was stopped, because the configuration cannot be read")
        }
        var whole = audit
        whole.dependents = StorageDependents(cib, mount: mount, definitions: answer.facts["definitions"] ?? "")
        return whole
    }

    private func look(
        _ audit: FailoverAudit, in context: any ProcedureContext
    ) async throws(ProcedureFailure) -> [NodeName: [String: String]] {
        var facts: [NodeName: [String: String]] = [:]
        for node in nodes { facts[node] = try await context.facts(audit.script, on: node) }
        return facts
    }

    /// Writes the record to every node.
    private func prove(_ figures: [String: String], in context: any ProcedureContext) async throws(ProcedureFailure) {
        let script = Script("", asking: [CIB.question])
        guard let first = nodes.first,
            let cib = try await context.observe(script, on: first).secrets["cib"].flatMap({ CIB(xml: $0) })
        else { throw ProcedureFailure("the configuration cannot be read after the failover") }
        let proof = FailoverProof(configuration: FailoverProof.fingerprint(cib), time: .now, figures: figures)
        let write = Script(
            """
            umask 022; P=\(FailoverProof.path)
            mkdir -p "${P%/*}" && cat >"$P.part" && sync "$P.part" && mv "$P.part" "$P"
            """, input: Array(proof.json.utf8))
        for node in nodes { _ = try await context.facts(write, on: node) }
    }
}
