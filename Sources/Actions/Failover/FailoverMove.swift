import Documents
import Steps
import Transport

/// One move, from the injection to the node's return.
struct FailoverMove: Sendable {
    let audit: FailoverAudit
    let nodes: [NodeName]
    let active: NodeName
    /// A node that stays up, and is asked what the cluster does.
    let witness: NodeName
    let budget: Duration
    let context: any ProcedureContext

    /// What happened when, since the watch began.
    struct Report: Sendable {
        var from: NodeName
        var to: NodeName
        var injected: Duration
        /// When the cluster had everything started on the other node.
        var started: Duration
        /// When every target answered again.
        var answered: Duration
        /// When the stopped node was a full member again.
        var rejoined: Duration
    }

    /// The timer on the node that starts Pacemaker again if nobody else does.
    private static let deadMan = "harun-failover-revert"
    static let arm = """
        systemctl stop \(deadMan).timer 2>/dev/null; systemctl reset-failed \(deadMan).service 2>/dev/null
        systemd-run --quiet --unit=\(deadMan) --on-active=15min systemctl start pacemaker || exit 1
        """
    /// Does not wait in systemd: a stop that hangs would keep the start waiting for half an hour.
    static let revert = """
        systemctl --no-block start pacemaker || exit 1
        left=80
        until systemctl -q is-active pacemaker; do
            left=$((left - 1)); [ "$left" -gt 0 ] || { echo 'Pacemaker does not become active' >&2; exit 1; }
            sleep 2
        done
        systemctl stop \(deadMan).timer
        """

    /// ``revert`` on a node where the timer tells that nobody did it.
    static let settle = Script(
        "systemctl -q is-active \(deadMan).timer || exit 0\n\(revert)", timeout: .seconds(240))

    /// Starts Pacemaker again on whichever node an earlier process left without it, and waits until all are members.
    ///
    /// The timer that such a process armed there is what tells: it would do the same, minutes later.
    static func recover(_ nodes: [NodeName], in context: any ProcedureContext) async throws(ProcedureFailure) {
        let look = Script("! systemctl -q is-active \(deadMan).timer || fact armed yes")
        for node in nodes where try await context.facts(look, on: node)["armed"] != nil {
            context.progress("starting Pacemaker on \(node) again: an earlier failover was cut off")
            _ = try await context.facts(Script(revert, timeout: .seconds(240)), on: node)
            try await members(nodes, asked: node, in: context)
        }
    }

    private static func members(
        _ nodes: [NodeName], asked node: NodeName, in context: any ProcedureContext
    ) async throws(ProcedureFailure) {
        _ = try await context.wait(
            for: "\(nodes.map(\.text).joined(separator: " and ")) to be in the cluster", within: .seconds(300),
            every: .seconds(1)
        ) { () async throws(ProcedureFailure) -> Bool? in
            guard let status = FailoverAudit.status(try await context.facts(status, on: node)) else { return nil }
            return status.obstacle(toRunning: nodes) == nil ? true : nil
        }
    }

    func run(_ watch: any OutsideWatch) async throws(ProcedureFailure) -> Report {
        let quiet = watch.elapsed
        _ = try await context.wait(
            for:
                "\(watch.timelines.map(\.target.description).joined(separator: " and ")) to answer before anything is stopped",
            within: .seconds(15), every: .milliseconds(500)
        ) { () async throws(ProcedureFailure) -> Bool? in
            watch.timelines.allSatisfy { $0.answers(after: quiet) } && watch.elapsed - quiet > .seconds(2) ? true : nil
        }
        _ = try await context.facts(Script(Self.arm), on: active)
        let injected = watch.elapsed
        context.progress("stopping Pacemaker on \(active)")
        do throws(ProcedureFailure) {
            _ = try await context.facts(Script("systemctl --no-block stop pacemaker"), on: active)
            let (to, started) = try await moved(watch)
            try await answers(watch, after: started)
            let answered = watch.elapsed
            try await revert()
            try await rejoined(to)
            let rejoined = watch.elapsed
            // A busy guest may be slower than one question waits, just when nobody asks any more.
            try await answers(watch, after: rejoined)
            return Report(
                from: active, to: to, injected: injected, started: started, answered: answered, rejoined: rejoined)
        } catch {
            context.progress("starting Pacemaker on \(active) again")
            do throws(ProcedureFailure) {
                try await revert()
            } catch let second {
                throw ProcedureFailure(
                    "\(error.message)\nPacemaker could not be started on \(active) again either (\(second.message)); "
                        + "a timer on that node starts it within 15 minutes of the stop", isUnknown: true)
            }
            throw ProcedureFailure(
                "\(error.message)\nPacemaker was started on \(active) again", isUnknown: error.isUnknown)
        }
    }

    private func revert() async throws(ProcedureFailure) {
        _ = try await context.facts(Script(Self.revert, timeout: .seconds(240)), on: active)
    }

    /// Waits until everything runs on another node.
    private func moved(_ watch: any OutsideWatch) async throws(ProcedureFailure) -> (NodeName, Duration) {
        try await context.wait(
            for: "\(audit.ids.joined(separator: ", ")) to start on another node", within: .seconds(840),
            every: .milliseconds(500)
        ) { () async throws(ProcedureFailure) -> (NodeName, Duration)? in
            guard let status = FailoverAudit.status(try await context.facts(Self.status, on: witness)),
                let place = audit.place(status), place != active
            else { return nil }
            return (place, watch.elapsed)
        }
    }

    private func answers(_ watch: any OutsideWatch, after started: Duration) async throws(ProcedureFailure) {
        _ = try await context.wait(
            for: "\(watch.timelines.map(\.target.description).joined(separator: " and ")) to answer again",
            within: max(.seconds(180), budget), every: .milliseconds(500)
        ) { () async throws(ProcedureFailure) -> Bool? in
            watch.timelines.allSatisfy { $0.answers(after: started) } ? true : nil
        }
    }

    /// Waits for the node's return, and that nothing wandered back to it.
    private func rejoined(_ to: NodeName) async throws(ProcedureFailure) {
        try await Self.members(nodes, asked: witness, in: context)
        _ = try await context.facts(Script("crm_resource --wait --timeout=120s", timeout: .seconds(150)), on: witness)
        var facts: [NodeName: [String: String]] = [:]
        for node in nodes { facts[node] = try await context.facts(audit.script, on: node) }
        let problems = audit.problems(facts, nodes: nodes)
        if !problems.isEmpty { throw ProcedureFailure("after the failover:\n" + problems.joined(separator: "\n")) }
        let place = FailoverAudit.status(facts[witness])?.place(of: audit.ids)
        if place != to {
            throw ProcedureFailure(
                "the resources moved on from \(to) to \(place?.text ?? "nowhere") when \(active) came back")
        }
    }

    private static let status = Script("", asking: [PacemakerStatus.question], timeout: .seconds(30))
}

extension FailoverMove.Report {
    /// The figures of the report, or why the move is not good enough.
    func figures(_ timelines: [OutsideTimeline], budget: Duration) throws(ProcedureFailure) -> [String: String] {
        var figures = [
            "from": from.text, "to": to.text, "budget_seconds": budget.tenths, "injected": injected.tenths,
            "started_seconds": (started - injected).tenths, "rejoined_seconds": (rejoined - injected).tenths,
        ]
        let names = ["outage_seconds", "service_outage_seconds"]
        var tooLong: [String] = []
        for (name, timeline) in zip(names, timelines) {
            guard let longest = timeline.upToLastAnswer(after: rejoined).longestOutage else {
                throw ProcedureFailure("\(timeline.target) did not come back")
            }
            if case .answer = timeline.target, longest == .zero {
                throw ProcedureFailure(
                    "\(timeline.target) was answered all the time, also while no node had the address: something in between "
                        + "refuses in its place, and nothing was measured. The cluster itself is well, on \(to). Name a port "
                        + "that answers there: [failover] probe = \"tcp:PORT\"")
            }
            figures[name] = longest.tenths
            if longest > budget { tooLong.append("\(timeline.target) was away for \(longest.tenths) s") }
        }
        if timelines.count == 1 { figures["service_outage_seconds"] = figures["outage_seconds"] }
        if let first = timelines.first {
            figures["lost"] = String(first.outages.map(\.lost).reduce(0, +))
            if let loss = first.firstLoss(after: injected) { figures["loss_seconds"] = (loss - injected).tenths }
        }
        figures["timeline"] = timelines.map(\.text).joined(separator: "; ")
        if !tooLong.isEmpty {
            throw ProcedureFailure(
                "\(tooLong.joined(separator: ", ")), and \(budget.tenths) s is the budget; the cluster itself is well, "
                    + "on \(to). Timeline: \(figures["timeline"] ?? "")")
        }
        return figures
    }
}
