import Foundation
import Journaling
import TestSupport
import Testing

/// A node, the program, and a runbook of two stages whose first step waits for the file `go`, and whose second
/// step's undo waits for `back`.
struct Site {
    let node: LoopbackNode
    var program: Program

    init() throws {
        node = try LoopbackNode()
        program = try Program()
        try program.write("inventory.toml", node.inventory)
        try runbook()
    }

    /// Writes the runbook; one with another note is another plan.
    func runbook(_ stepClass: String = "converge", isLong: Bool = false, note: String = "") throws {
        try program.write(
            "site/runbook.toml",
            """
            # \(note)
            [runbook]
            name = "site"
            [[stage]]
            name = "one"
            \(WaitingStep.toml(class: stepClass, isLong: isLong))
            undo = 'echo undo-a >>"$NODE_ROOT/log"; rm -f "$NODE_ROOT/a"'
            [[stage]]
            name = "two"
            [[stage.step]]
            id = "b"
            action = "shell"
            [stage.step.with]
            probe = '[ -e "$NODE_ROOT/b" ]'
            apply = 'echo b >>"$NODE_ROOT/log"; : >"$NODE_ROOT/b"'
            undo = '''
            echo undo-b >>"$NODE_ROOT/log"; : >"$NODE_ROOT/undoing"
            until [ -e "$NODE_ROOT/back" ]; do sleep 0.05; done
            rm -f "$NODE_ROOT/b"
            '''

            """)
    }

    /// Writes the runbook `other`, whose step makes the file `c`; one that waits does so for the file `leave`.
    func otherRunbook(waits: Bool = false) throws {
        try program.write(
            "other/runbook.toml",
            """
            [runbook]
            name = "other"
            [[stage]]
            name = "only"
            [[stage.step]]
            id = "c"
            action = "shell"
            [stage.step.with]
            timeout = "600s"
            probe = '[ -e "$NODE_ROOT/c" ]'
            apply = '''
            echo c >>"$NODE_ROOT/log"; : >"$NODE_ROOT/waiting"
            \(waits ? #"until [ -e "$NODE_ROOT/leave" ]; do sleep 0.05; done"# : "")
            : >"$NODE_ROOT/c"
            '''
            undo = 'rm -f "$NODE_ROOT/c"'

            """)
    }

    /// Stops a run behind its first step.
    ///
    /// - Returns: its name.
    func interrupt() throws -> String {
        let running = try program.start("run", "site", "inventory.toml", "--yes", "--output", "plain")
        #expect(node.waits(for: "started"), "\(running.err)")
        running.signal(SIGINT)
        #expect(running.waits(for: "Ctrl-C once more cuts"), "\(running.err)")
        try node.touch("go")
        #expect(running.wait().code == 130, "\(running.err)")
        return try #require(try runs().first).id
    }

    /// Types `harun run` without a terminal.
    func run() throws -> (code: Int32, out: String, err: String) {
        try program.run("run", "site", "inventory.toml", "--yes", "--output", "plain")
    }

    /// Kills a run in the middle of its first step.
    ///
    /// - Returns: its name.
    func kill() throws -> String {
        let running = try program.start("run", "site", "inventory.toml", "--yes", "--output", "plain")
        #expect(node.waits(for: "started"), "\(running.err)")
        running.signal(SIGKILL)
        _ = running.wait()
        return try #require(try runs().first).id
    }

    /// Every run, newest first, with how it ended.
    func runs() throws -> [(id: String, result: String)] {
        try program.run("runs", "--output", "json").out.split(separator: "\n").map { line in
            let id = try #require(line.firstMatch(of: /"id":"([^"]+)"/)?.output.1)
            let result = line.firstMatch(of: /"result":"([^"]+)"/)?.output.1
            return (String(id), String(result ?? "null"))
        }
    }

    /// Writes an event into the journal, as a process would have that was killed right behind it.
    func journal(_ kind: EventKind, of run: String) async throws {
        let journal = try Journal(path: program.path + "/state/journal.sqlite")
        try await journal.append([Event(kind, run: RunID(run), time: "2026-11-23T19:02:14.123Z")])
    }
}
