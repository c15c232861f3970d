import Foundation
import Testing

/// The built program in step mode, where nobody sits at a terminal.
@Suite("Step mode from a file")
struct StepModeTests {
    private let program: Program

    init() throws {
        program = try Program()
        try program.write(
            "site/runbook.toml",
            """
            [runbook]
            name = "site"
            [[stage]]
            name = "one"
            [[stage.step]]
            id = "a"
            action = "shell"
            with = { probe = '[ -e "$NODE_ROOT/a" ]', apply = ': >"$NODE_ROOT/a"' }
            [[stage.step]]
            id = "b"
            action = "shell"
            with = { probe = '[ -e "$NODE_ROOT/b" ]', apply = ': >"$NODE_ROOT/b"' }

            """)
    }

    private func run(_ answers: String?) throws -> (code: Int32, out: String, err: String, node: LoopbackNode) {
        let node = try LoopbackNode()
        try program.write("inventory.toml", node.inventory)
        if let answers { try program.write("answers", answers) }
        let result =
            answers == nil
            ? try program.run("run", "site", "inventory.toml", "--step", "--output", "plain")
            : try program.run("run", "site", "inventory.toml", "--step", "--answers", "answers", "--output", "plain")
        return (result.code, result.out, result.err, node)
    }

    @Test("steps are run and skipped as the file says, and what was skipped is shown")
    func answers() throws {
        let (code, out, err, node) = try run("# both\none/a skip\none/* run\n")
        #expect(code == 0, "\(err)")
        #expect(!node.has("a") && node.has("b"))
        #expect(out.contains("skipped a"), "\(out)")
        #expect(out.contains("1 skipped"), "\(out)")
        let show = try program.run("show")
        #expect(show.out.contains("skipped     one/a web1"), "\(show.out)")
    }

    @Test("continue answers for every step behind it")
    func goesOn() throws {
        let (code, _, err, node) = try run("one/a continue\n")
        #expect(code == 0, "\(err)")
        #expect(node.has("a") && node.has("b"))
    }

    @Test("a step that the file does not know stops the run, which can be resumed")
    func missing() throws {
        let (code, _, err, node) = try run("one/a run\n")
        #expect(code == 130)
        #expect(err.contains("answers has no answer for one/b"))
        #expect(err.contains("next:  harun resume"), "\(err)")
        #expect(node.has("a") && !node.has("b"))
    }

    @Test("every wrong line is named before anything is done")
    func wrong() throws {
        let (code, out, err, node) = try run("one/a perhaps\none/c run\n")
        #expect(code == 65)
        #expect(out.isEmpty)
        #expect(err.contains("answers:1:1: error: a line is STAGE/STEP and one of run, skip, continue, stop, repeat"))
        #expect(err.contains("answers:2:1: error: no step of this plan is called `one/c`"))
        #expect(!node.has("a"))
    }

    @Test("what must not run twice is repeated where the file says so of that one step, and not otherwise")
    func repeats() throws {
        let runbook = try String(contentsOfFile: program.path + "/site/runbook.toml", encoding: .utf8)
        try program.write(
            "site/runbook.toml",
            runbook.replacing("apply = ': >\"$NODE_ROOT/b\"'", with: "class = 'once', apply = ': >\"$NODE_ROOT/b\"'"))
        let node = try run("one/* run\n").node
        try node.remove("b")
        let id = try #require(
            try program.run("runs", "--output", "json").out.firstMatch(of: /"id":"([^"]+)"/)?.output.1)
        func resume(_ answers: String) throws -> (code: Int32, out: String, err: String) {
            try program.write("answers", answers)
            return try program.run("resume", String(id), "--step", "--answers", "answers", "--output", "plain")
        }
        #expect(try program.run("resume", String(id), "--yes", "--output", "plain").code == 3)
        #expect(try resume("one/* run\n").code == 3)
        #expect(!node.has("b"))
        let vague = try resume("one/* repeat\n")
        #expect(vague.code == 65)
        #expect(vague.err.contains("answers:1:1: error: `repeat` is said of one step by its whole name"))
        let repeated = try resume("one/b repeat\none/* run\n")
        #expect(repeated.code == 0, "\(repeated.err)")
        #expect(node.has("b"))
    }

    @Test("without a terminal and without a file nothing is asked and nothing is done")
    func nobody() throws {
        let (code, _, err, node) = try run(nil)
        #expect(code == 64)
        #expect(err.contains("--answers FILE"))
        #expect(!node.has("a"))
    }

    @Test("answers without step mode are wrong usage")
    func alone() throws {
        #expect(try program.run("run", "site", "inventory.toml", "--answers", "answers").code == 64)
    }
}
