import Foundation
import TestSupport
import Testing

/// Which run `resume` and `rollback` are about, and what they never begin unasked.
@Suite("The run that is meant")
struct RunChoiceTests {
    private let site: Site
    private let node: LoopbackNode

    /// A second inventory, `other.toml`, with a node of its own.
    init() throws {
        site = try Site()
        node = try LoopbackNode()
        try site.program.write("other.toml", node.inventory)
    }

    /// Kills a run of the second inventory.
    private func killOther() throws -> String {
        let running = try site.program.start("run", "site", "other.toml", "--yes", "--output", "plain")
        #expect(node.waits(for: "started"), "\(running.err)")
        running.signal(SIGKILL)
        _ = running.wait()
        return try #require(try site.runs().first).id
    }

    private func resume(_ words: String...) throws -> (code: Int32, out: String, err: String) {
        try site.program.shell("harun resume \(words.joined(separator: " ")) --output plain </dev/null")
    }

    @Test(
        "without an inventory and a terminal nothing is begun, and the lines to type are shown",
        arguments: ["", "--yes"])
    func nobody(option: String) throws {
        let (mine, other) = (try site.kill(), try killOther())
        try site.node.touch("go")
        try node.touch("go")
        for verb in ["resume", "rollback"] {
            let result = try site.program.shell("harun \(verb) \(option) </dev/null")
            #expect(result.code == 64)
            #expect(result.err.contains("neither an inventory nor a run was named"), "\(result.err)")
            for (run, file) in [(mine, "inventory.toml"), (other, "other.toml")] {
                #expect(result.err.contains("harun \(verb) \(run)    (run \(run): site on "), "\(result.err)")
                #expect(result.err.contains("/\(file), no end)"), "\(result.err)")
            }
        }
        #expect(try site.runs().map(\.result) == ["null", "null"])
        #expect(!site.node.has("b") && !node.has("b"))
    }

    @Test("an inventory by any of its names means its own run, and --yes is needed where nobody can be asked")
    func ofInventory() throws {
        let (mine, other) = (try site.kill(), try killOther())
        try site.node.touch("go")
        try node.touch("go")
        try FileManager.default.createSymbolicLink(
            atPath: site.program.path + "/link.toml", withDestinationPath: "inventory.toml")
        let unasked = try resume("link.toml")
        #expect(unasked.code == 64)
        #expect(unasked.err.contains("then: harun resume \(mine) --yes\n"), "\(unasked.err)")
        #expect(!site.node.has("b"))
        let result = try resume("./link.toml", "--yes")
        #expect(result.code == 0, "\(result.err)")
        #expect(result.err.contains("note:  run \(mine): site on "), "\(result.err)")
        #expect(try site.runs().map(\.result) == ["null", "done"])
        #expect(!node.has("b"))
        // The newest of all is the other's.
        try site.node.touch("back")
        let back = try site.program.run("rollback", "link.toml", "--yes", "--output", "plain")
        #expect(back.code == 0, "\(back.err)")
        #expect(!site.node.has("a") && !site.node.has("b"))
        let runs = try site.runs()
        #expect(runs.map(\.id) == [other, mine])
        #expect(runs.map(\.result) == ["null", "rolled-back"])
        #expect(try site.program.run("runs", "link.toml", "--output", "json").out.contains(other) == false)
        #expect(try site.program.run("show", "link.toml").out.contains("run \(mine): site on"))
    }

    @Test("on a terminal it asks before it goes on, and no is no", arguments: [("y", Int32(0)), ("n", 4)])
    func asked(answer: String, code: Int32) throws {
        let killed = try site.kill()
        try site.node.touch("go")
        let terminal = try TerminalSession(site.program, "resume", "inventory.toml", "--output", "plain")
        #expect(terminal.waits(for: "Go on with run \(killed)? [y/N] "), "\(terminal.seen)")
        terminal.type(answer + "\n")
        #expect(terminal.wait() == code, "\(terminal.seen)")
        #expect(site.node.has("b") == (code == 0))
    }

    @Test("on a terminal the run is chosen among those of all inventories, and nothing else is taken")
    func chosen() throws {
        let mine = try site.interrupt()
        let other = try killOther()
        for (typed, code) in [("", Int32(4)), ("yes", 4), (mine, 0)] {
            let terminal = try TerminalSession(site.program, "resume", "--yes", "--output", "plain")
            #expect(terminal.waits(for: "Which run? Type its name: "), "\(terminal.seen)")
            #expect(terminal.seen.contains("run \(other): site on"), "\(terminal.seen)")
            terminal.type(typed + "\n")
            #expect(terminal.wait() == code, "\(terminal.seen)")
        }
        #expect(try site.runs().map(\.result) == ["null", "done"])
        #expect(node.lines("log") == ["a"])
    }

    @Test("several open runs of one inventory are listed and asked for")
    func several() throws {
        let first = try site.interrupt()
        try site.otherRunbook(waits: true)
        let running = try site.program.start("run", "other", "inventory.toml", "--yes", "--output", "plain")
        #expect(site.node.waits(for: "waiting"), "\(running.err)")
        running.signal(SIGKILL)
        _ = running.wait()
        try site.node.touch("leave")
        let second = try #require(try site.runs().first).id
        for verb in ["resume", "rollback"] {
            let result = try site.program.run(verb, "inventory.toml", "--yes")
            #expect(result.code == 64)
            #expect(result.err.contains("several runs of \(site.program.path)/inventory.toml may be meant"))
            #expect(result.err.contains("harun \(verb) \(second)    (run \(second): other on"), "\(result.err)")
            #expect(result.err.contains("harun \(verb) \(first)    (run \(first): site on"), "\(result.err)")
        }
        let terminal = try TerminalSession(site.program, "resume", "inventory.toml", "--yes", "--output", "plain")
        #expect(terminal.waits(for: "Which run? Type its name: "), "\(terminal.seen)")
        terminal.type(first + "\n")
        #expect(terminal.wait() == 0, "\(terminal.seen)")
        #expect(try site.runs().map(\.result) == ["null", "done"])
        #expect(try resume("inventory.toml", "--yes").code == 0)
        #expect(try site.runs().map(\.result) == ["done", "done"])
        #expect(site.node.lines("log") == ["a", "c", "b"])
    }

    @Test(
        "what was taken back on purpose is never done again by resume, only by a new run", arguments: ["", "--to one"])
    func takenBack(option: String) throws {
        try site.node.touch("go")
        try site.node.touch("back")
        #expect(try site.run().code == 0)
        let run = try #require(try site.runs().first).id
        let back = try site.program.shell("harun rollback inventory.toml --yes \(option)")
        #expect(back.code == 0, "\(back.err)")
        let log = site.node.lines("log")
        let unnamed = try resume("inventory.toml", "--yes")
        #expect(unnamed.code == 64)
        #expect(unnamed.err.contains("waits to be gone on with"), "\(unnamed.err)")
        let named = try resume(run, "--yes")
        #expect(named.code == 4)
        #expect(named.err.contains("run \(run) was taken back on purpose; to do it again is a new run"), "\(named.err)")
        #expect(named.err.contains("next:  harun run \(site.program.path)/site "), "\(named.err)")
        #expect(try resume("--yes").code == 64)
        #expect(site.node.lines("log") == log)
        #expect(try site.run().code == 0)
        #expect(try site.runs().map(\.result) == ["done", "rolled-back"])
        #expect(site.node.lines("log").suffix(1) == ["b"])
    }

    @Test("a run that goes on right now is no candidate, and is named")
    func running() throws {
        let running = try site.program.start("run", "site", "inventory.toml", "--yes", "--output", "plain")
        #expect(site.node.waits(for: "started"), "\(running.err)")
        let run = try #require(try site.runs().first).id
        for verb in ["resume", "rollback"] {
            for word in ["inventory.toml", run] {
                let result = try site.program.run(verb, word, "--yes")
                #expect(result.code == 75)
                #expect(result.err.contains("process \(running.id), since "), "\(result.err)")
                #expect(result.err.contains(", run \(run)\n"), "\(result.err)")
            }
            let unnamed = try site.program.run(verb, "--yes")
            #expect(unnamed.code == 64)
            #expect(unnamed.err.contains("is left out, a run goes on there: process \(running.id)"), "\(unnamed.err)")
            #expect(unnamed.err.contains(run), "\(unnamed.err)")
        }
        try site.node.touch("go")
        #expect(running.wait().code == 0, "\(running.err)")
    }

    @Test("a word that is neither a run nor an inventory is wrong usage")
    func neither() throws {
        for verb in ["resume", "rollback", "show"] {
            let result = try site.program.run(verb, "nothing.toml")
            #expect(result.code == 64)
            #expect(result.err.contains("there is no run nothing.toml, and no inventory of that name"), "\(result.err)")
        }
    }
}
