import Foundation
import Journaling
import TestSupport
import Testing

/// `harun rollback --skip` and `--without`, as a user types them.
@Suite("What a person decides about a rollback")
struct RollbackDecisionsTests {
    private let program: Program
    private let node: LoopbackNode

    init() throws {
        program = try Program()
        node = try LoopbackNode()
        try program.write("inventory.toml", node.inventory)
    }

    private func run(_ name: String, undo: String) throws -> String {
        try program.write(
            "\(name)/runbook.toml",
            """
            [runbook]
            name = "\(name)"
            [[stage]]
            name = "one"
            [[stage.step]]
            id = "\(name)"
            action = "shell"
            [stage.step.with]
            probe = '[ -e "$NODE_ROOT/\(name)" ]'
            apply = ': >"$NODE_ROOT/\(name)"'
            undo = '\(undo)'
            """)
        let result = try program.run("run", name, "inventory.toml", "--yes", "--output", "plain")
        #expect(result.code == 0, "\(result.err)")
        return try Program.runName(in: result.out)
    }

    @Test("a broken undo that is skipped for a reason opens the way to older runs, and is shown from then on")
    func skip() throws {
        let old = try run("old", undo: "rm \"$NODE_ROOT/old\"")
        let broken = try run("broken", undo: "exit 9")
        let back = { (more: [String]) in
            try program.shell("harun rollback " + more.joined(separator: " ") + " --yes --output plain")
        }
        #expect(try back([broken]).code == 1)
        let refused = try back([old])
        #expect(refused.code == 4, "\(refused.err)")
        let typo = try back([broken, "--skip one/brokn --reason why"])
        #expect(typo.code == 64)
        #expect(typo.err.contains("--skip one/brokn names nothing that is left to take back"), "\(typo.err)")
        #expect(typo.err.contains("one of: one/broken@web1"), "\(typo.err)")
        let bare = try back([broken, "--skip one/broken"])
        #expect(bare.code == 64 && bare.err.contains("--reason TEXT"), "\(bare.err)")
        let unasked = try program.run("rollback", broken, "--skip", "one/broken", "--reason", "by hand")
        #expect(unasked.code == 64)
        #expect(unasked.out.contains("not taken back, ever: one/broken on web1 (by hand)"), "\(unasked.out)")
        #expect(unasked.err.contains("--skip one/broken --reason 'by hand' --yes"), "\(unasked.err)")
        let skipped = try back([broken, "--skip one/broken@web1 --reason 'by hand'"])
        #expect(skipped.code == 0, "\(skipped.err)")
        let shown = try program.run("show", broken).out
        #expect(shown.contains("undo skipped one/broken on web1: by hand"), "\(shown)")
        #expect(try program.run("show", broken, "--output", "json").out.contains("\"event\":\"undo-skipped\""))
        #expect(try back([old]).code == 0)
        #expect(node.has("broken") && !node.has("old"))
    }

    @Test("a node that the run does not have, or that answers, is not left out")
    func without() throws {
        let run = try run("a", undo: "rm \"$NODE_ROOT/a\"")
        let stranger = try program.run("rollback", run, "--without", "web9", "--yes")
        #expect(stranger.code == 64 && stranger.err.contains("has no node web9"), "\(stranger.err)")
        let alive = try program.run("rollback", run, "--without", "web1", "--yes", "--output", "plain")
        #expect(alive.code == 4, "\(alive.err)")
        #expect(alive.err.contains("it answers, so it is not left out"), "\(alive.err)")
        #expect(node.has("a"))
    }

    @Test("a dead node: the others go back, older runs too, and the next run names what waits for it")
    func dead() throws {
        let other = try LoopbackNode()
        try program.write("inventory.toml", node.section("web1") + other.section("web2"))
        let old = try run("old", undo: "rm \"$NODE_ROOT/old\"")
        let new = try run("new", undo: "rm \"$NODE_ROOT/new\"")
        let hosts = other.server.directory.file("known_hosts")
        let pinned = try String(contentsOfFile: hosts, encoding: .utf8)
        try "".write(toFile: hosts, atomically: false, encoding: .utf8)
        for run in [new, old] {
            #expect(try program.run("rollback", run, "--yes", "--output", "plain").code != 0)
            let around = try program.run("rollback", run, "--without", "web2", "--yes", "--output", "plain")
            #expect(around.code == 1, "\(around.err)")
            #expect(around.err.contains("web2 was left out"), "\(around.err)")
            #expect(
                try program.run("show", run).out.contains("left out     web2, where 1 step of this run still stands"))
        }
        #expect(!node.has("new") && !node.has("old") && other.has("new") && other.has("old"))
        #expect(try program.run("runs").out.components(separatedBy: ", without web2 ").count == 3)
        #expect(try program.run("runs", "--output", "json").out.contains(#""without":["web2"]"#))
        try pinned.write(toFile: hosts, atomically: false, encoding: .utf8)
        let plan = try program.run("run", "old", "inventory.toml", "--output", "plain")
        #expect(plan.err.contains("run \(new) was left half done on web2"), "\(plan.err)")
        #expect(try program.run("rollback", new, "--yes", "--output", "plain").code == 0)
        let rest = try program.run("rollback", old, "--yes", "--output", "plain")
        #expect(rest.code == 0, "\(rest.err)")
        #expect(!other.has("new") && !other.has("old"))
        #expect(try !program.run("runs").out.contains("without"))
    }
}
