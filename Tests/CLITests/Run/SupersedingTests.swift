import Foundation
import TestSupport
import Testing

/// What closes an open run, and what does not.
@Suite("Closing an open run")
struct SupersedingTests {
    private let site: Site

    init() throws { site = try Site() }

    private func typeOther(_ inventory: String = "inventory.toml") throws -> (code: Int32, out: String, err: String) {
        try site.program.run("run", "other", inventory, "--yes", "--output", "plain")
    }

    @Test("another runbook on the same nodes closes nothing, names the open run, and that can be gone on with")
    func otherRunbook() throws {
        let killed = try site.kill()
        try site.node.touch("go")
        #expect(site.node.waits(for: "a"))
        try site.otherRunbook()
        let result = try typeOther()
        #expect(result.code == 0, "\(result.err)")
        #expect(
            result.err.contains(
                "run \(killed) of this inventory never wrote its end and is another runbook, site: it stays"),
            "\(result.err)")
        #expect(try site.runs().map(\.result) == ["done", "null"])
        let resumed = try site.program.run("resume", "inventory.toml", "--yes", "--output", "plain")
        #expect(resumed.code == 0, "\(resumed.err)")
        #expect(try site.runs().map(\.result) == ["done", "done"])
        #expect(site.node.lines("log") == ["a", "c", "b"])
    }

    @Test("another runbook of the same name in another folder is another runbook")
    func sameName() throws {
        _ = try site.interrupt()
        try site.otherRunbook()
        let text = try String(contentsOfFile: site.program.path + "/other/runbook.toml", encoding: .utf8)
        try site.program.write("other/runbook.toml", text.replacing("name = \"other\"", with: "name = \"site\""))
        #expect(try typeOther().code == 0)
        #expect(try site.runs().map(\.result) == ["done", "interrupted"])
    }

    @Test("a run that reaches no node closes nothing, and one that then does closes the old one")
    func unreachable() throws {
        _ = try site.interrupt()
        try site.runbook(note: "another")
        let hosts = site.node.server.directory.file("known_hosts")
        let pinned = try String(contentsOfFile: hosts, encoding: .utf8)
        try "".write(toFile: hosts, atomically: false, encoding: .utf8)
        let failed = try site.run()
        #expect(failed.code == 1, "\(failed.err)")
        #expect(try site.runs().map(\.result) == ["failed", "interrupted"])
        try pinned.write(toFile: hosts, atomically: false, encoding: .utf8)
        #expect(try site.run().code == 0)
        #expect(try site.runs().map(\.result) == ["done", "failed", "superseded"])
        #expect(try site.program.run("resume", "inventory.toml").code == 64, "neither waits any more")
    }

    @Test("a run that somebody else's lease keeps off closes nothing")
    func leased() throws {
        _ = try site.interrupt()
        try site.program.write("copy.toml", site.node.inventory)
        try site.otherRunbook(waits: true)
        let holder = try site.program.start("run", "other", "copy.toml", "--yes", "--output", "plain")
        #expect(site.node.waits(for: "waiting"), "\(holder.err)")
        try site.runbook(note: "another")
        let refused = try site.run()
        #expect(refused.code == 75, "\(refused.err)")
        #expect(try site.runs().map(\.result) == ["refused", "null", "interrupted"])
        try site.node.touch("leave")
        #expect(holder.wait().code == 0, "\(holder.err)")
        #expect(try site.run().code == 0)
        #expect(try site.runs().map(\.result) == ["done", "refused", "done", "superseded"])
    }

    @Test("a run whose first guard refuses closes nothing")
    func guarded() throws {
        _ = try site.interrupt()
        let text = try String(contentsOfFile: site.program.path + "/site/runbook.toml", encoding: .utf8)
        let first = """
            [[stage]]
            name = "zero"
            [[stage.step]]
            id = "guard"
            action = "shell"
            with = { probe = 'exit 20', apply = 'true' }
            [[stage]]
            name = "one"
            """
        try site.program.write("site/runbook.toml", text.replacing("[[stage]]\nname = \"one\"", with: first))
        let refused = try site.run()
        #expect(refused.code == 4, "\(refused.err)")
        #expect(try site.runs().map(\.result) == ["refused", "interrupted"])
        #expect(site.node.lines("log") == ["a"])
    }

    @Test("an unknown outcome is closed by nothing but a look at that very step")
    func looked() throws {
        let killed = try site.kill()
        try site.node.touch("go")
        #expect(site.node.waits(for: "a"))
        // The same runbook without the step that has no proved end.
        try site.otherRunbook()
        let text = try String(contentsOfFile: site.program.path + "/other/runbook.toml", encoding: .utf8)
        try site.program.write("site/runbook.toml", text.replacing("name = \"other\"", with: "name = \"site\""))
        #expect(try site.run().code == 0)
        #expect(try site.runs().map(\.result) == ["done", "null"])
        #expect(try site.program.run("runs").out.contains("no end: killed"))
        // With it, and proved by its probe.
        try site.runbook(note: "another")
        let again = try site.run()
        #expect(again.code == 0, "\(again.err)")
        #expect(again.err.contains("run \(killed) of this inventory never wrote its end, and this is another plan"))
        #expect(again.err.contains("it is closed once the new run has begun"), "\(again.err)")
        #expect(try site.runs().map(\.result) == ["done", "done", "superseded"])
        #expect(site.node.lines("log") == ["a", "c", "b"])
    }

    @Test("a step that must not run twice and has no proved end is not done again by another plan of its runbook")
    func once() throws {
        try site.runbook("once")
        let killed = try site.kill()
        try site.runbook("once", note: "another")
        let refused = try site.run()
        #expect(refused.code == 4, "\(refused.err)")
        #expect(refused.err.contains("run \(killed) began one/a on web1 and nobody knows how it ended"))
        #expect(site.node.lines("log") == ["a"])
        try site.node.touch("go")
        #expect(site.node.waits(for: "a"))
        try site.runbook("once")
        #expect(try site.program.run("resume", "inventory.toml", "--yes").code == 0)
        #expect(site.node.lines("log") == ["a", "b"])
    }

    @Test("the same runbook on another machine of the same name closes nothing")
    func otherMachine() throws {
        _ = try site.interrupt()
        let another = try LoopbackNode(address: "127.0.0.2")
        try another.touch("go")
        try site.program.write("inventory.toml", another.inventory)
        let result = try site.run()
        #expect(result.code == 0, "\(result.err)")
        #expect(result.err.contains("is about other nodes: it stays open"), "\(result.err)")
        #expect(try site.runs().map(\.result) == ["done", "interrupted"])
    }

    @Test("killed before it could write that, a run has closed the earlier one all the same")
    func killedBefore() throws {
        let first = try site.interrupt()
        for name in ["a", "go", "started"] { try site.node.remove(name) }
        try site.runbook(note: "another")
        let second = try site.kill()
        #expect(second != first)
        try site.node.touch("go")
        #expect(try site.runs().map(\.result) == ["null", "interrupted"])
        let refused = try site.program.run("resume", first, "--yes")
        #expect(refused.code == 4)
        #expect(refused.err.contains("run \(second) of the same runbook and nodes began later"), "\(refused.err)")
        let resumed = try site.program.run("resume", "inventory.toml", "--yes", "--output", "plain")
        #expect(resumed.code == 0, "\(resumed.err)")
        #expect(try site.runs().map(\.result) == ["done", "superseded"])
    }
}
