import Foundation
import Journaling
import TestSupport
import Testing

/// `harun rollback` as a user types it.
@Suite("The command rollback")
struct RollbackCommandTests {
    private let site: Site

    init() throws { site = try Site() }

    /// A run that came to its end.
    private func done() throws -> String {
        try site.node.touch("go")
        let run = try site.run()
        #expect(run.code == 0, "\(run.err)")
        return try #require(try site.runs().first).id
    }

    @Test("without a terminal and without --yes it shows what it would do, and does nothing")
    func preview() throws {
        let run = try done()
        let result = try site.program.run("rollback", "inventory.toml", "--to", "one")
        #expect(result.code == 64)
        #expect(result.out.contains("run \(run): site on"), "\(result.out)")
        #expect(result.out.contains("back to the end of its stage one"), "\(result.out)")
        #expect(result.out.contains("two/b"), "\(result.out)")
        #expect(!result.out.contains("one/a"), "\(result.out)")
        #expect(result.err.contains("next:  harun rollback \(run) --to one --yes"), "\(result.err)")
        #expect(site.node.lines("log") == ["a", "b"])
    }

    @Test("a stage that the plan does not have is named with those that it has")
    func unknownStage() throws {
        let run = try done()
        let result = try site.program.run("rollback", run, "--to", "nowhere", "--yes")
        #expect(result.code == 64)
        #expect(result.err.contains("run \(run) has no stage `nowhere`"), "\(result.err)")
        #expect(result.err.contains("one of: one, two"), "\(result.err)")
        #expect(site.node.lines("log") == ["a", "b"])
    }

    @Test("a stage whose end was never reached is no place to go back to")
    func notReached() throws {
        let run = try site.kill()
        try site.node.touch("go")
        let result = try site.program.run("rollback", run, "--to", "one", "--yes")
        #expect(result.code == 64)
        #expect(result.err.contains("run \(run) never reached the end of its stage `one`"), "\(result.err)")
    }

    @Test("a run that a later one came after is refused, and the later one named")
    func behind() throws {
        let first = try done()
        try site.node.remove("b")
        let second = try done()
        let result = try site.program.run("rollback", first, "--yes")
        #expect(result.code == 4)
        #expect(result.err.contains("run \(second) of the same inventory came later"), "\(result.err)")
        #expect(result.err.contains("harun rollback \(second)\n"), "\(result.err)")
        #expect(site.node.lines("log") == ["a", "b", "b"])
    }

    @Test("killed in mid-undo it is no place for another plan, and typed again it comes to its end")
    func killed() throws {
        let run = try done()
        let rollback = try site.program.start("rollback", "inventory.toml", "--yes", "--output", "plain")
        #expect(site.node.waits(for: "undoing"), "\(rollback.err)")
        rollback.signal(SIGKILL)
        _ = rollback.wait()
        #expect(try site.program.run("runs").out.contains("no end: killed"))
        try site.runbook(note: "another")
        let refused = try site.run()
        #expect(refused.code == 4, "\(refused.err)")
        #expect(refused.err.contains("run \(run) was being taken back"), "\(refused.err)")
        #expect(refused.err.contains("next:  harun rollback \(run)\n"), "\(refused.err)")
        try site.node.touch("back")
        let again = try site.program.run("rollback", run, "--yes", "--output", "plain")
        #expect(again.code == 0, "\(again.err)")
        #expect(!site.node.has("a") && !site.node.has("b"))
        #expect(site.node.lines("log") == ["a", "b", "undo-b", "undo-a"])
        #expect(try site.runs().map(\.result) == ["rolled-back"])
    }

    @Test("killed behind its last undo it still ends what it began, without a question")
    func killedAtTheEnd() async throws {
        let run = try done()
        try site.node.touch("back")
        #expect(try site.program.run("rollback", "inventory.toml", "--yes", "--output", "plain").code == 0)
        try await site.journal(.rollback, of: run)
        #expect(try site.runs().map(\.result) == ["null"])
        let again = try site.program.run("rollback", run, "--output", "plain")
        #expect(again.code == 0, "\(again.err)")
        #expect(try site.runs().map(\.result) == ["rolled-back"])
    }
}
