import Foundation
import Steps
import Synchronization
import Testing
import Transport

@testable import Actions

/// Nodes that answer a procedure from a script; what it does not know fails the test.
final class ScriptedContext: ProcedureContext {
    typealias Answer = @Sendable (_ script: String, _ node: NodeName) -> CommandResult?

    let peers: [Peer]
    let prober: any OutsideProber = NoProber()
    private let answer: Answer
    private let calls = Mutex<[String]>([])

    init(peers: [Peer] = twoPeers, _ answer: @escaping Answer) {
        self.peers = peers
        self.answer = answer
    }

    /// `node: first words of the script`, in order.
    var log: [String] { calls.withLock { $0 } }

    func run(_ script: Script, on node: NodeName) async throws(ProcedureFailure) -> CommandResult {
        calls.withLock { $0.append("\(node): \(script.text)") }
        guard let result = answer(script.text, node) else {
            Issue.record("nobody said what \(node) answers to: \(script.text)")
            throw ProcedureFailure("unscripted")
        }
        return result
    }

    func reconnect(_ node: NodeName, within limit: Duration) async throws(ProcedureFailure) {
        calls.withLock { $0.append("\(node): reconnect") }
    }

    func wait<T: Sendable>(
        for what: String, within limit: Duration, every pause: Duration,
        _ question: @Sendable () async throws(ProcedureFailure) -> T?
    ) async throws(ProcedureFailure) -> T {
        for _ in 0..<5 {
            if let answer = try await question() { return answer }
        }
        throw ProcedureFailure("waited for \(what), in vain")
    }

    func progress(_ text: String) {}
}

extension CommandResult {
    /// A command that ended with this code and printed this.
    static func ended(_ code: UInt8, _ output: String = "") -> CommandResult {
        CommandResult(outcome: .exited(code), stdout: Array(output.utf8))
    }
}

/// Numbers that count up, for answers that must differ.
final class Boots: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock {
            $0 += 1
            return $0
        }
    }
}

extension String {
    /// As a `blob` line has it.
    var base64: String { Data(utf8).base64EncodedString() }
}
