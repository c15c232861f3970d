import Actions
import Journaling
import Planning
import Steps
import TestSupport
import Testing
import Transport

@testable import Execution

@Suite("Many probes in one script")
struct BatchProbeTests {
    private func observations(_ scripts: [String]) async throws -> [Observation] {
        try await observations(scripts.map { Script($0) })
    }

    private func observations(_ scripts: [Script]) async throws -> [Observation] {
        let fleet = try SimulatedFleet()
        let endpoint = Endpoint(node: "n1", address: "192.0.2.1", identities: [], knownHosts: "/dev/null")
        let connection = try await fleet.connect(to: endpoint)
        let batch = BatchProbe(scripts, mark: "m4rk")
        return batch.observations(from: try await connection.run(batch.command))
    }

    @Test("each probe has its own verdict, facts and errors")
    func apart() async throws {
        let found = try await observations([
            "satisfied", "fact size 12 GiB; needed too small", "echo trouble >&2; refuse 'holds data'", "exit 5",
        ])
        #expect(found.map(\.code) == [0, 10, 20, 5])
        #expect(found.map(\.note) == ["", "too small", "holds data", ""])
        #expect(found[1].facts == ["size": "12 GiB"])
        #expect(found.map(\.errors) == ["", "", "trouble", ""])
        #expect(
            found.map(\.verdict) == [
                .satisfied, .needed("too small"), .refused("holds data"), .failed("the probe ended with exit code 5"),
            ])
    }

    @Test("what a probe prints cannot be taken for the frame of another")
    func framing() async throws {
        let found = try await observations([
            "printf 'no newline at the end'", "printf '@other end 0\\n'; needed x", "printf 'note not mine'; exit 0",
            "cat; satisfied",
        ])
        #expect(found.map(\.code) == [0, 10, 0, 0])
        #expect(found[1].note == "x")
    }

    @Test("a variable that is not set, and an exit in the middle, end one probe and not the others")
    func isolation() async throws {
        let found = try await observations(["echo $nothing_here; satisfied", "exit 0; exit 9", "cd /; satisfied"])
        #expect(found.map(\.code) == [2, 0, 0])
        guard case .failed(let why) = found[0].verdict else { return #expect(Bool(false), "a failed probe") }
        #expect(why.contains("nothing_here"))
    }

    @Test("errors without a newline at their end stay with their own probe")
    func openErrors() async throws {
        let found = try await observations(["printf trouble >&2; exit 5", "printf more >&2; exit 6", "satisfied"])
        #expect(found.map(\.errors) == ["trouble", "more", ""])
    }

    @Test("lines that end like Windows', and bytes that are no text, do no harm to the lines around them")
    func foreignLines() async throws {
        let found = try await observations([
            "printf 'fact a 1\\r\\nfact b 2\\n\\n\\377\\376\\nfact c \\303\\n'; satisfied", "satisfied",
        ])
        #expect(found[0].facts == ["a": "1\r", "b": "2", "c": "\u{FFFD}"])
        #expect(found.map(\.code) == [0, 0])
    }

    @Test("a blob comes back byte for byte, and a secret is kept apart from facts")
    func blobs() async throws {
        let found = try await observations([
            "printf 'line 1\\n@m4rk end 0\\nüñí\\n' | blob text; printf hidden | secret key; satisfied"
        ])
        #expect(found[0].facts == ["text": "line 1\n@m4rk end 0\nüñí\n"])
        #expect(found[0].secrets == ["key": "hidden"])
    }

    @Test("a syntax error leaves no verdict for the probes behind it, and says why")
    func syntaxError() async throws {
        let found = try await observations(["satisfied", "if; then", "satisfied"])
        #expect(found.map(\.code) == [0, nil, nil])
        guard case .failed(let why) = found[1].verdict else { return #expect(Bool(false), "a failed probe") }
        #expect(why.contains("ended without proof"))
        #expect(why.lowercased().contains("syntax error"))
    }

    @Test("what several probes ask in the same words is asked once, and each has the answer and its variables")
    func questions() async throws {
        let log = "$NODE_ROOT/asked"
        let first = ProbeQuestion("echo one >>\"\(log)\"; answer=42; echo data | blob view; echo hidden | secret key")
        let second = ProbeQuestion("echo two >>\"\(log)\"; fact size 5")
        let found = try await observations([
            Script("fact plain \"${answer-none}\"; satisfied"),
            Script("fact got $answer; satisfied", asking: [first]),
            Script("fact size 7; needed more", asking: [first, second]),
            Script("blob log <\"\(log)\"; satisfied"),
        ])
        #expect(found.map(\.code) == [0, 0, 10, 0])
        #expect(found[0].facts == ["plain": "none"] && found[0].secrets.isEmpty)
        #expect(found[1].facts == ["got": "42", "view": "data\n"] && found[1].secrets == ["key": "hidden\n"])
        #expect(found[2].facts == ["size": "7", "view": "data\n"], "a probe's own word comes first")
        #expect(found[3].facts["log"] == "one\ntwo\n")
    }

    @Test("a question whose time is over is no answer to any of the probes that ask it, and to those alone")
    func lateQuestion() async throws {
        let stuck = ProbeQuestion("fact half yes; sleep 30 </dev/null; fact rest no")
        let found = try await observations([
            Script("satisfied", asking: [stuck], timeout: .seconds(1)), Script("satisfied", timeout: .seconds(1)),
        ])
        #expect(found.map(\.code) == [TimeLimit.code, 0])
        #expect(found[0].facts.isEmpty && found[0].errors.contains("ended after 1 s"))
    }

    @Test("a question reads nothing of the shell's own input, and what it says on standard error is the probe's")
    func questionStreams() async throws {
        let found = try await observations([
            Script("exit 5", asking: [ProbeQuestion("cat; echo trouble >&2")]), Script("satisfied"),
        ])
        #expect(found.map(\.code) == [5, 0])
        #expect(found.map(\.errors) == ["trouble", ""])
    }
}
