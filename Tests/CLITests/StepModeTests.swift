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
        #expect(err.contains("answers:1:1: error: a line is STAGE/STEP and one of run, skip, continue, stop"))
        #expect(err.contains("answers:2:1: error: no step of this plan is called `one/c`"))
        #expect(!node.has("a"))
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
