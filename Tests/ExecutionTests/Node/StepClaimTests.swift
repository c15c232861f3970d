import Actions
import Foundation
import Steps
import TestSupport
import Testing
import Transport

@testable import Execution

@Suite("A node's record of an attempt")
struct StepClaimTests {
    private let fleet: SimulatedFleet
    private let folder: String

    init() throws {
        fleet = try SimulatedFleet()
        folder = fleet.folder + "/one.a"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private var claim: StepClaim { StepClaim(folder: folder, attempt: "x1") }

    private func run(_ script: String) async throws -> Observation {
        let text = "\(ScriptPrelude.text)\nHARUN_STATE=\(folder.shellQuoted)\n\(script)"
        return Observation(result: try await SimulatedShell.run(text, in: folder))
    }

    private func fate(within seconds: Int = 20) async throws -> String? {
        try await run(claim.close(within: seconds)).facts["attempt"]
    }

    @Test("an attempt that never arrived is given up, and refuses itself when it arrives after all")
    func givenUp() async throws {
        #expect(try await fate() == "never")
        #expect(try await fate() == "never", "whoever asks again gets the same answer")
        let late = try await run(claim.begin(isDurable: true) + "\nfact ran yes")
        #expect(late.code == ScriptPrelude.refused)
        #expect(late.facts["ran"] == nil)
    }

    @Test("an attempt that was begun is never given up, and is over once its process is gone")
    func over() async throws {
        #expect(try await run(claim.begin(isDurable: true) + "\nfact ran yes").facts["ran"] == "yes")
        #expect(try await fate() == "over")
        #expect(try await run(claim.begin(isDurable: false)).code == ScriptPrelude.refused, "one attempt begins once")
    }

    @Test("an attempt that still runs is waited for, and named where that takes too long")
    func running() async throws {
        let go = folder + "/go"
        let work = Task {
            try await run(claim.begin(isDurable: false) + "\nuntil [ -e go ]; do sleep 0.02; done; fact ran yes")
        }
        while FileManager.default.contents(atPath: folder + ".begun.x1") == nil { await Task.yield() }
        #expect(try await fate(within: 0) == "running")
        let answer = Task { try await fate() }
        #expect(FileManager.default.createFile(atPath: go, contents: nil))
        #expect(try await answer.value == "over")
        #expect(try await work.value.facts["ran"] == "yes")
    }

    @Test("a shell that nobody has reaped yet is over, and what it left at work is waited for")
    func zombie() async throws {
        try "\(claim.begin(isDurable: false))\n(until [ -e go ]; do sleep 0.02; done) &\nkill -s KILL $$"
            .write(toFile: folder + "/leader", atomically: true, encoding: .utf8)
        let parent = Task { try await run("mkfifo over; setsid sh leader & exec cat over") }
        while FileManager.default.contents(atPath: folder + ".begun.x1") == nil { await Task.yield() }
        let pid = String(
            decoding: FileManager.default.contents(atPath: folder + ".begun.x1") ?? Data(), as: UTF8.self
        ).prefix { $0 != " " }
        while try !String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8).contains(") Z ") { await Task.yield() }
        #expect(try await fate(within: 1) == "running")
        #expect(FileManager.default.createFile(atPath: folder + "/go", contents: nil))
        #expect(try await fate() == "over")
        _ = try await run("echo >over")
        _ = try await parent.value
    }

    @Test("a node that loses its power while the record is written has not begun, whatever is left of it")
    func halfWritten() async throws {
        #expect(FileManager.default.createFile(atPath: folder + ".begun.x1.4711", contents: nil))
        #expect(try await fate() == "never")
        let names = try FileManager.default.contentsOfDirectory(atPath: fleet.folder).filter { $0.contains("begun") }
        #expect(names.sorted() == ["one.a.begun.x1", "one.a.begun.x1.4711"], "nothing else is left")
    }
}
