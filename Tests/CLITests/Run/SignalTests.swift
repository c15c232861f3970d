import Foundation
import TestSupport
import Testing

/// The built program against a real sshd, stopped by signals in mid-step.
@Suite("Stopping by signals")
struct SignalTests {
    private let node: LoopbackNode
    private let program: Program

    init() throws {
        node = try LoopbackNode()
        program = try Program()
        try program.write("inventory.toml", node.inventory)
    }

    /// A step that waits for a file, and one behind it.
    private func runbook(isLong: Bool = false) throws {
        try program.write(
            "slow/runbook.toml",
            """
            [runbook]
            name = "slow"
            [[stage]]
            name = "one"
            \(WaitingStep.toml(class: "once", isLong: isLong))
            [[stage.step]]
            id = "b"
            action = "shell"
            [stage.step.with]
            probe = '[ -e "$NODE_ROOT/b" ]'
            apply = 'echo b >>"$NODE_ROOT/log"; : >"$NODE_ROOT/b"'

            """)
    }

    private func start(as prefix: String = "") throws -> Program.Running {
        let running = try program.startShell("exec \(prefix) harun run slow inventory.toml --yes --output plain")
        #expect(node.waits(for: "started"), "\(running.err)")
        return running
    }

    @Test("the first signal lets the step in flight finish and begins no other", arguments: [SIGINT, SIGTERM])
    func first(number: Int32) throws {
        try runbook()
        let running = try start()
        running.signal(number)
        #expect(running.waits(for: "stopping once this has ended: one/a on web1; Ctrl-C once more cuts"))
        try node.touch("go")
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        #expect(node.lines("log") == ["a"])
        #expect(end.out.contains("interrupted: 1 changed"))
        #expect(end.err.contains("harun resume \(try Program.runName(in: end.out))"), "\(end.err)")
        let resumed = try program.run("resume", "inventory.toml", "--yes", "--output", "plain")
        #expect(resumed.code == 0, "\(resumed.err)")
        #expect(node.lines("log") == ["a", "b"])
    }

    @Test("the second signal cuts, the run can be resumed, and the step is not done twice")
    func second() throws {
        try runbook()
        let running = try start()
        running.signal(SIGINT)
        #expect(running.waits(for: "Ctrl-C once more cuts"))
        running.signal(SIGINT)
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        #expect(end.err.contains("harun resume \(try Program.runName(in: end.out))"), "\(end.err)")
        #expect(!node.has("a"))
    }

    @Test("what is long goes on when its harun is cut, and is found again")
    func cutLong() throws {
        try runbook(isLong: true)
        let running = try start()
        running.signal(SIGINT)
        #expect(running.waits(for: "Ctrl-C once more cuts"))
        running.signal(SIGINT)
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        try node.touch("go")
        let resumed = try program.run("resume", "inventory.toml", "--yes", "--output", "plain")
        #expect(resumed.code == 0, "\(resumed.err)")
        #expect(node.lines("log") == ["a", "b"])
        #expect(node.units.requests.count == 1)
    }

    @Test("what is long goes on when its harun is killed, and is found again")
    func killedLong() throws {
        try runbook(isLong: true)
        let running = try start()
        running.signal(SIGKILL)
        _ = running.wait()
        try node.touch("go")
        let resumed = try program.run("resume", "inventory.toml", "--yes", "--output", "plain")
        #expect(resumed.code == 0, "\(resumed.err)")
        #expect(node.lines("log") == ["a", "b"])
        #expect(node.units.requests.count == 1)
    }

    @Test("a closed terminal stops the run at a consistent point, however often it says so")
    func hangUp() throws {
        try runbook()
        // Whoever runs the tests may ignore it.
        let running = try start(as: "env --default-signal=HUP")
        running.closeOutput()
        for _ in 0..<3 { running.signal(SIGHUP) }
        #expect(running.isRunning)
        try node.touch("go")
        let end = running.wait()
        #expect(end.code == 130)
        #expect(node.lines("log") == ["a"])
        #expect(try program.run("resume", "inventory.toml", "--yes", "--output", "plain").code == 0)
        #expect(node.lines("log") == ["a", "b"])
    }

    @Test("a closed terminal leaves a run alone that was started to outlive it, as under nohup")
    func noHangUp() throws {
        try runbook()
        let running = try start(as: "env --ignore-signal=HUP")
        for _ in 0..<3 { running.signal(SIGHUP) }
        try node.touch("go")
        let end = running.wait()
        #expect(end.code == 0, "\(end.err)")
        #expect(node.lines("log") == ["a", "b"])
    }
}
