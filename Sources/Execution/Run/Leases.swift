package import Journaling
import Planning
import Steps
import Transport

/// Takes a run's lease on all nodes or on none, and leaves it at the run's end.
package struct Leases: Sendable {
    /// Whether leases that are over may be taken from their holders; asks people where that is wanted.
    package typealias Consent = @Sendable ([LeaseHolder]) async -> Bool

    let lease: Lease
    private let own: Set<RunID>
    private let consent: Consent

    /// - Parameters:
    ///   - own: runs whose process is known to be gone, since this one holds the lock of their inventory; a
    ///     lease of theirs that was taken from this machine is taken without asking.
    ///   - consent: asked about leases of others, only where every one of them is over.
    package init(_ lease: Lease, own: Set<RunID> = [], consent: @escaping Consent = { _ in false }) {
        self.lease = lease
        self.own = own
        self.consent = consent
    }

    /// What a node answered.
    private enum Answer: Sendable {
        case taken
        case held(LeaseHolder)
        case failed(StepFailure)
    }

    /// Takes the lease on these nodes.
    ///
    /// The first node comes first: of two runs that start at the same moment one gets it, and the other
    /// leaves the rest alone. All others are asked at once. Nobody is displaced anywhere before every node was asked:
    /// a run that is at work on one node may have let its lease on an idle one run out.
    ///
    /// - Returns: why it is not taken, with no lease left behind; empty where it is.
    func take(on nodes: [NodeName], _ runner: NodeRunner) async -> [StepFailure] {
        let groups = [Array(nodes.sorted().prefix(1)), Array(nodes.sorted().dropFirst())]
        var answers: [NodeName: Answer] = [:]
        for group in groups where answers.values.allSatisfy(mayYield) {
            answers.merge(await ask(group, [:], runner)) { $1 }
        }
        let held = Self.holders(answers)
        if !held.isEmpty, answers.values.allSatisfy(mayYield), await mayDisplace(held) {
            let displaced = Dictionary(uniqueKeysWithValues: held.map { ($0.node, $0) })
            for group in groups where answers.values.allSatisfy(mayYield) {
                answers.merge(await ask(group.filter { displaced[$0] != nil }, displaced, runner)) { $1 }
            }
        }
        let failures = answers.values.compactMap(failure)
        if failures.isEmpty { return [] }
        await leave(nodes.filter { if case .taken? = answers[$0] { true } else { false } }, runner)
        return failures.sorted { ($0.node?.text ?? "") < ($1.node?.text ?? "") }
    }

    /// Whether a node's answer leaves a chance to get its lease.
    private func mayYield(_ answer: Answer) -> Bool {
        switch answer {
        case .taken: true
        case .held(let holder): isOwn(holder) || holder.isOver
        case .failed: false
        }
    }

    /// Leaves the lease; one that cannot be left, since its node is gone, ends by itself.
    func leave(_ nodes: [NodeName], _ runner: NodeRunner) async {
        let script = LeaseScript(lease: lease).leave
        _ = await nodes.gather { _ = try? await runner.run(unguarded: script, on: $0) }
    }

    private static func holders(_ answers: [NodeName: Answer]) -> [LeaseHolder] {
        answers.values.compactMap { if case .held(let holder) = $0 { holder } else { nil } }
            .sorted { $0.node < $1.node }
    }

    private func isOwn(_ holder: LeaseHolder) -> Bool { own.contains(holder.run) && holder.owner == lease.owner }

    private func mayDisplace(_ held: [LeaseHolder]) async -> Bool {
        let foreign = held.filter { !isOwn($0) }
        if foreign.isEmpty { return true }
        guard foreign.allSatisfy(\.isOver) else { return false }
        return await consent(foreign)
    }

    private func ask(
        _ nodes: [NodeName], _ displaced: [NodeName: LeaseHolder], _ runner: NodeRunner
    ) async -> [NodeName: Answer] {
        await nodes.gatherByName { node in
            let holder = displaced[node]
            let script = LeaseScript(lease: lease).take(
                displacing: holder?.token, onlyIfOver: holder.map { !isOwn($0) } ?? true, time: Recorder.timestamp())
            return await Self.ask(node, script, runner)
        }
    }

    /// Asked again over a new connection where the answer was lost: to take one's own lease changes nothing.
    private static func ask(_ node: NodeName, _ script: Script, _ runner: NodeRunner) async -> Answer {
        var problem = StepFailure(.failed, node: node, message: "the lease could not be taken")
        for _ in 1...2 {
            do throws(StepFailure) {
                let result = try await runner.run(unguarded: script, on: node)
                let found = Observation(result: result)
                if found.code == 0, found.facts["lease"] != nil { return .taken }
                if found.code == 0, let holder = LeaseHolder(found.facts, on: node) { return .held(holder) }
                problem.message = "the lease could not be taken: \(result.outcome)"
                problem.output = result.errorText.lastLines(3)
                if result.outcome != .unknown { break }
            } catch {
                problem = error
                guard error.transport?.mayHaveBegun == true else { break }
            }
        }
        return .failed(problem)
    }

    private func failure(_ answer: Answer) -> StepFailure? {
        switch answer {
        case .taken: return nil
        case .failed(let failure): return failure
        case .held(let holder):
            let end =
                holder.isOver
                ? "over for \(-holder.left) s"
                : "until \(Recorder.timestamp(in: holder.left)), \(holder.left) s from now"
            var failure = StepFailure(
                .refused, node: holder.node,
                message:
                    "\(holder.owner) has the lease of this node for run \(holder.run): since \(holder.since), \(end)")
            failure.lease = holder
            return failure
        }
    }
}

extension LeaseHolder {
    /// From the facts of ``LeaseScript/take(displacing:onlyIfOver:time:)``; what could do harm to a terminal is dropped.
    init?(_ facts: [String: String], on node: NodeName) {
        func clean(_ key: String) -> String {
            String(
                (facts[key] ?? "").unicodeScalars.filter { $0.value > 0x20 && $0.value < 0x7F }.map { Character($0) })
        }
        guard !clean("token").isEmpty else { return nil }
        self.init(
            node: node, owner: clean("owner"), run: RunID(clean("run")), since: clean("since"),
            left: Int(clean("left")) ?? 0, token: clean("token"))
    }
}
