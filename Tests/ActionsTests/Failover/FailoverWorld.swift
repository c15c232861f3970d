import Foundation
import Steps
import Synchronization
import Transport

@testable import Actions

/// A cluster of two nodes as a procedure and a prober see it, on a clock that only waiting moves.
final class FailoverWorld: ProcedureContext {
    struct State {
        var now = Duration.zero
        var place: NodeName = "nodo1"
        var stopped: Set<NodeName> = []
        var isArmed = false
        /// When everything runs on the other node, nil while nothing was stopped.
        var moveAt: Duration?
        var injected: Duration?
        var proofs: [NodeName: String] = [:]
        var log: [String] = []
    }

    /// What goes wrong.
    enum Fault: Equatable {
        case none, neverMoves, wandersBack, runsTwice, cannotStart, silentService, noPing, noAnswer, falseAnswer
        /// The last questions of the watch were asked too late to be answered, or the guest was slow just then.
        case slowAtTheEnd
    }

    let peers = twoPeers
    private let mutex = Mutex(State())
    private let fault: Fault
    private let takes: Duration
    private let cib: String

    /// - Parameter stopped: where a killed harun has left Pacemaker stopped, with its timer.
    init(fault: Fault = .none, takes: Duration = .seconds(12), stopped: Set<NodeName> = [], cib: String) {
        self.fault = fault
        self.takes = takes
        self.cib = cib
        mutex.withLock { ($0.stopped, $0.isArmed) = (stopped, !stopped.isEmpty) }
    }

    /// As it is now.
    var state: State { mutex.withLock { $0 } }

    fileprivate var isSlowAtTheEnd: Bool { fault == .slowAtTheEnd }

    var prober: any OutsideProber { FakeProber(world: self) }

    func run(_ script: Script, on node: NodeName) async throws(ProcedureFailure) -> CommandResult {
        mutex.withLock { state in
            let text = script.text
            state.log.append("\(node): \(text.split(separator: "\n").last ?? "")")
            if let moveAt = state.moveAt, state.now >= moveAt, fault != .neverMoves { state.place = "nodo2" }
            switch text {
            case let text where text.contains("--no-block stop pacemaker"):
                state.stopped.insert(node)
                state.injected = state.now
                state.moveAt = state.now + takes
            case let text where text.contains("systemd-run"): state.isArmed = true
            case let text where text.contains(".timer || fact armed"):
                return result(0, state.isArmed && state.stopped.contains(node) ? "fact armed yes\n" : "")
            case let text where text.contains("--no-block start pacemaker"):
                if fault == .cannotStart { return result(1, "") }
                state.stopped.remove(node)
                state.isArmed = false
                if fault == .wandersBack {
                    state.place = "nodo1"
                    state.moveAt = nil
                }
            case let text where text.contains("crm_mon"): return result(0, facts(of: node, state))
            case let text where text.contains("cibadmin"): return result(0, "secret cib \(base64(cib))\n")
            case let text where text.contains(FailoverProof.path):
                state.proofs[node] = String(decoding: script.input, as: UTF8.self)
            default: break
            }
            return result(0, "")
        }
    }

    private func facts(of node: NodeName, _ state: State) -> String {
        let isMoving = state.injected != nil && state.place == "nodo1" && !state.stopped.isEmpty
        let online = ["nodo1", "nodo2"].filter { !state.stopped.contains(NodeName($0)) }
        let status = Example.status(on: state.place.text, online: online, role: isMoving ? "Stopped" : "Started")
        let isHere = state.place == node || fault == .runsTwice
        return """
            fact machines \(isHere ? 1 : 0)
            \(state.place == node ? "fact mounted yes\nfact address yes" : "")
            blob status \(base64(status))

            """
    }

    private func result(_ code: UInt8, _ output: String) -> CommandResult {
        CommandResult(outcome: .exited(code), stdout: Array(output.utf8))
    }

    private func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    func reconnect(_ node: NodeName, within limit: Duration) async throws(ProcedureFailure) {}

    func wait<T: Sendable>(
        for what: String, within limit: Duration, every pause: Duration,
        _ question: @Sendable () async throws(ProcedureFailure) -> T?
    ) async throws(ProcedureFailure) -> T {
        let end = state.now + limit
        while state.now <= end {
            if let answer = try await question() { return answer }
            mutex.withLock { $0.now += pause }
        }
        throw ProcedureFailure("waited for \(what), in vain")
    }

    func progress(_ text: String) {}

    /// What a target's questions came to until now: nobody answers between the injection and the move.
    fileprivate func timeline(_ target: OutsideTarget) -> OutsideTimeline {
        let state = state
        var samples: [OutsideTimeline.Sample] = []
        var moment = Duration.zero
        while moment <= state.now {
            // Something in between refuses in the address's place.
            let isFalse = fault == .falseAnswer && target == .answer(host: target.host)
            let isAway = state.injected.map { moment >= $0 && moment < (state.moveAt ?? $0) } ?? false
            let isSilent =
                switch (fault, target) {
                case (.silentService, .http), (.noPing, .icmp), (.noAnswer, .icmp), (.noAnswer, .answer),
                    (.falseAnswer, .icmp):
                    true
                default: false
                }
            samples.append(.init(asked: moment, isAnswered: isFalse || !isAway && !isSilent))
            moment += .milliseconds(200)
        }
        return OutsideTimeline(target: target, samples: samples)
    }
}

private struct FakeProber: OutsideProber {
    let world: FailoverWorld

    func watch<T: Sendable>(
        _ targets: [OutsideTarget], every pause: Duration,
        during body: @Sendable (any OutsideWatch) async throws(ProcedureFailure) -> T
    ) async throws(ProcedureFailure) -> (result: T, timelines: [OutsideTimeline]) {
        let watch = FakeWatch(world: world, targets: targets)
        let result = try await body(watch)
        let late = world.state.now + .milliseconds(200)
        let isSlow = world.isSlowAtTheEnd
        return (
            result,
            watch.timelines.map { timeline in
                let lost = OutsideTimeline.Sample(asked: late, isAnswered: false)
                return OutsideTimeline(target: timeline.target, samples: timeline.samples + (isSlow ? [lost] : []))
            }
        )
    }
}

private struct FakeWatch: OutsideWatch {
    let world: FailoverWorld
    let targets: [OutsideTarget]
    var elapsed: Duration { world.state.now }
    var timelines: [OutsideTimeline] { targets.map(world.timeline) }
}
