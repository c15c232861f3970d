import Foundation
import TestSupport
import Testing

/// A run that is begun where another one of the same inventory never came to its end.
@Suite("Beginning a run behind one without an end")
struct ReopeningTests {
    private let site: Site

    init() throws { site = try Site() }

    @Test("the same plan goes on with it, and nothing is done twice", arguments: [false, true])
    func same(isLong: Bool) throws {
        try site.runbook("once", isLong: isLong)
        let killed = try site.kill()
        try site.node.touch("go")
        let unasked = try site.program.run("run", "site", "inventory.toml")
        #expect(unasked.code == 64)
        #expect(unasked.err.contains("next:  harun resume \(killed) --yes\n"), "\(unasked.err)")
        let again = try site.run()
        #expect(again.code == 0, "\(again.err)")
        #expect(again.err.contains("going on with it, as harun resume \(killed) does"), "\(again.err)")
        #expect(site.node.lines("log") == ["a", "b"])
        #expect(try site.runs().map(\.result) == ["done"])
    }

    @Test(
        "on a terminal it is asked for", arguments: [(answer: "y", results: ["done"]), ("n", ["done", "superseded"])])
    func asked(answer: String, results: [String]) throws {
        let killed = try site.kill()
        try site.node.touch("go")
        #expect(site.node.waits(for: "a"))
        let terminal = try TerminalSession(site.program, "run", "site", "inventory.toml", "--output", "plain")
        #expect(terminal.waits(for: "Go on with run \(killed)? (no: a new run) [y/N] "), "\(terminal.seen)")
        terminal.type(answer + "\n")
        if answer == "n" {
            #expect(terminal.waits(for: "Go on? [y/N] "), "\(terminal.seen)")
            terminal.type("y\n")
        }
        #expect(terminal.wait() == 0, "\(terminal.seen)")
        #expect(try site.runs().map(\.result) == results)
    }

    @Test("another plan takes over from a short step that may be repeated, and closes the old run")
    func superseded() throws {
        let killed = try site.kill()
        try site.node.touch("go")
        #expect(site.node.waits(for: "a"))
        try site.runbook(note: "another")
        let again = try site.run()
        #expect(again.code == 0, "\(again.err)")
        #expect(again.err.contains("run \(killed) of this inventory never wrote its end, and this is another plan"))
        #expect(again.err.contains("the runbook"), "it shows what is different: \(again.err)")
        #expect(try site.runs().map(\.result) == ["done", "superseded"])
        #expect(site.node.lines("log") == ["a", "b"])
    }

    /// Lets nobody connect to the node while something is done: its key is not the pinned one then.
    private func unreachable(_ work: () throws -> Void) throws {
        let hosts = site.node.server.directory.file("known_hosts")
        let pinned = try String(contentsOfFile: hosts, encoding: .utf8)
        try "".write(toFile: hosts, atomically: false, encoding: .utf8)
        try work()
        try pinned.write(toFile: hosts, atomically: false, encoding: .utf8)
    }

    @Test("another plan is refused behind a step that destroys and has no proved end, also where going on failed since")
    func destructive() throws {
        try site.runbook("destructive")
        let killed = try site.kill()
        try site.node.touch("go")
        #expect(site.node.waits(for: "a"))
        try unreachable {
            let resumed = try site.program.run("resume", "inventory.toml", "--yes", "--output", "plain")
            #expect(resumed.code == 1, "\(resumed.err)")
        }
        #expect(try site.runs().map(\.result) == ["failed"])
        try site.runbook("destructive", note: "another")
        let refused = try site.run()
        #expect(refused.code == 4, "\(refused.err)")
        #expect(refused.err.contains("run \(killed) began one/a on web1 and nobody knows how it ended"))
        #expect(try site.runs().map(\.result) == ["failed"])
        #expect(site.node.lines("log") == ["a"])
        try site.runbook("destructive")
        let same = try site.run()
        #expect(same.code == 0, "\(same.err)")
        #expect(same.err.contains("going on with it"), "\(same.err)")
        #expect(try site.runs().map(\.result) == ["done"])
    }

    @Test("another plan is refused while a long command of the old run may still run, until that is taken back")
    func long() throws {
        try site.runbook(isLong: true)
        let killed = try site.kill()
        try site.runbook(isLong: true, note: "another")
        let refused = try site.run()
        #expect(refused.code == 4, "\(refused.err)")
        #expect(refused.err.contains("run \(killed) began one/a on web1, which may still run there (harun-"))
        #expect(refused.err.contains("harun rollback \(killed)\n"), "\(refused.err)")
        #expect(refused.err.contains("harun resume \(killed)\n"), "\(refused.err)")
        #expect(site.node.lines("log") == ["a"])
        try site.node.touch("go")
        let back = try site.program.run("rollback", killed, "--yes", "--output", "plain")
        #expect(back.code == 0, "\(back.err)")
        #expect(!site.node.has("a"))
        let again = try site.run()
        #expect(again.code == 0, "\(again.err)")
        #expect(site.node.lines("log") == ["a", "undo-a", "a", "b"])
    }

    @Test("resume leaves out a run that a later one of its inventory came after, named or not")
    func overtaken() throws {
        try unreachable {
            let run = try site.run()
            #expect(run.code == 1, "\(run.err)")
        }
        let first = try #require(try site.runs().first).id
        try site.node.touch("go")
        #expect(try site.run().code == 0)
        #expect(try site.runs().map(\.result) == ["done", "failed"])
        let unnamed = try site.program.run("resume", "inventory.toml", "--yes", "--output", "plain")
        #expect(unnamed.code == 64, "\(unnamed.err)")
        let named = try site.program.run("resume", first, "--yes", "--output", "plain")
        #expect(named.code == 4, "\(named.err)")
        #expect(named.err.contains("of the same runbook and nodes began later"), "\(named.err)")
    }
}
