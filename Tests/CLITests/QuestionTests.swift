import Foundation
import TestSupport
import Testing

/// What only the operator can decide, asked for two nodes at once.
@Suite("Questions in the middle of a run")
struct QuestionTests {
    private let nodes: [String: LoopbackNode]
    private let program: Program
    private let run: String

    /// A run that came to its end, whose step that must not run twice is not true any more on either node.
    init() throws {
        nodes = ["web1": try LoopbackNode(), "web2": try LoopbackNode()]
        program = try Program()
        try program.write("inventory.toml", nodes.map { $1.section($0) }.sorted().joined())
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
            with = { class = "once", probe = '[ -e "$NODE_ROOT/a" ]', apply = ': >"$NODE_ROOT/a"' }

            """)
        let result = try program.run("run", "site", "inventory.toml", "--yes", "--output", "plain")
        #expect(result.code == 0, "\(result.err)")
        run = try Program.runName(in: result.out)
        for node in nodes.values { try node.remove("a") }
    }

    /// The node that the last question is about.
    private func asked(_ terminal: TerminalSession) throws -> String {
        let last = try #require(terminal.seen.matches(of: #/Do it again on (web\d)\? \[y/N\] /#).last)
        return String(last.output.1)
    }

    @Test("two nodes are asked for one after the other, and an answer is the one to the last question")
    func order() throws {
        let terminal = try TerminalSession(program, "resume", run, "--yes", "--output", "plain")
        #expect(terminal.waits(for: "Do it again on "), "\(terminal.seen)")
        terminal.waitsForQuiet()
        #expect(terminal.seen.matches(of: /Do it again on/).count == 1, "\(terminal.seen)")
        let first = try asked(terminal)
        let second = first == "web1" ? "web2" : "web1"
        terminal.type("y\n")
        #expect(terminal.waits(for: "Do it again on \(second)? [y/N] "), "\(terminal.seen)")
        terminal.type("n\n")
        #expect(terminal.wait() == 3, "\(terminal.seen)")
        #expect(nodes[first]?.has("a") == true)
        #expect(nodes[second]?.has("a") == false)
    }

    @Test("a second Ctrl-C ends a question too, and nobody has to press Enter")
    func cut() throws {
        let terminal = try TerminalSession(program, "resume", run, "--yes", "--output", "plain")
        #expect(terminal.waits(for: "Do it again on "), "\(terminal.seen)")
        terminal.signal(SIGINT)
        #expect(terminal.waits(for: "Ctrl-C once more cuts"), "\(terminal.seen)")
        terminal.signal(SIGINT)
        #expect(terminal.wait() == 130, "\(terminal.seen)")
        #expect(terminal.seen.matches(of: /Do it again on/).count == 1, "\(terminal.seen)")
        #expect(nodes.values.allSatisfy { !$0.has("a") })
    }
}
