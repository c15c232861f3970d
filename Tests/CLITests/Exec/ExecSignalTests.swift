import Foundation
import TestSupport
import Testing

/// `harun exec` stopped from outside, by `kill` and at a real terminal, and what is left on the nodes then.
@Suite("Stopping exec", .serialized)
struct ExecSignalTests {
    private let program: Program
    private let servers: [OpenSSHServer]
    /// What no other process on this machine sleeps for.
    private let pause = "86399.\(UInt32.random(in: 100_000_000...UInt32.max))"

    init() throws {
        program = try Program()
        servers = try (1...5).map { try OpenSSHServer(address: "127.0.0.\($0)") }
        try inventory("fleet.toml", servers)
    }

    private func inventory(_ name: String, _ servers: [OpenSSHServer]) throws {
        try program.write(
            name,
            servers.enumerated().map { index, server in
                """
                [[node]]
                name = "n\(index + 1)"
                address = "\(server.address)"
                port = \(server.port)
                identity = "\(server.identity)"
                known_hosts = "\(server.directory.file("known_hosts"))"

                """
            }.joined())
    }

    /// Two processes, one of them in the background, as both shells of it see them.
    private var command: String { "echo begun; sleep \(pause) & sleep \(pause); wait" }

    /// The command's processes that run; every node is this machine.
    private func processes() throws -> [Int32] { try ProcessTable.processes(of: ["sleep", pause]) }

    /// Ends what nobody else does.
    private func clean() { for id in (try? processes()) ?? [] { kill(id, SIGKILL) } }

    private func waits(forProcesses count: Int) -> Bool { eventually { (try? processes())?.count == count } }

    @Test(
        "the first signal ends the command on every node, proves it there, and exits with 130",
        arguments: [SIGINT, SIGTERM, SIGHUP])
    func first(number: Int32) throws {
        defer { clean() }
        let running = try program.startShell(
            "exec env --default-signal=HUP harun exec fleet.toml -- '\(command)'")
        #expect(waits(forProcesses: 10), "\(running.err)")
        running.signal(number)
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        #expect(end.err.contains("5 nodes: 5 stopped (n[1-5])"), "\(end.err)")
        #expect(
            end.err.contains("n3 ! error: harun was stopped; nothing of the command's process group runs any more"),
            "\(end.err)")
        #expect(try processes().isEmpty)
    }

    @Test("Ctrl-C at a terminal does the same")
    func terminal() throws {
        defer { clean() }
        let terminal = try TerminalSession(controlled: program, "exec", "fleet.toml", "--", command)
        #expect(waits(forProcesses: 10), "\(terminal.seen)")
        terminal.type("\u{3}")
        #expect(terminal.wait() == 130, "\(terminal.seen)")
        #expect(terminal.seen.contains("ending the command on every node; once more to stop at once"))
        #expect(terminal.seen.contains("5 nodes: 5 stopped (n[1-5])"), "\(terminal.seen)")
        #expect(try processes().isEmpty)
    }

    @Test("so does a terminal that is closed")
    func hangUp() throws {
        defer { clean() }
        let terminal = try TerminalSession(controlled: program, "exec", "fleet.toml", "--", command)
        #expect(waits(forProcesses: 10), "\(terminal.seen)")
        terminal.close()
        #expect(waits(forProcesses: 0))
    }

    @Test("a command that does not mind TERM is killed, and one that was not begun never begins")
    func stubborn() throws {
        defer { clean() }
        let running = try program.startShell(
            """
            exec harun exec fleet.toml --concurrency 2 --output json -- 'trap "" TERM; \(command)'
            """)
        #expect(waits(forProcesses: 4), "\(running.err)")
        running.signal(SIGTERM)
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        let lines = end.out.split(separator: "\n")
        #expect(lines.count == 5, "\(end.out)")
        #expect(lines.count { $0.contains("\"outcome\":\"stopped\"") } == 2, "\(end.out)")
        #expect(lines.count { $0.contains("\"outcome\":\"cancelled\"") } == 3, "\(end.out)")
        #expect(try processes().isEmpty)
    }

    @Test("where nothing proves the end it is unknown, and the second signal waits for no proof")
    func unproved() throws {
        // The command has the only channel, and none is left for what would kill it.
        let server = try OpenSSHServer(extraConfig: ["MaxSessions 1"])
        defer { clean() }
        try inventory("one.toml", [server])
        let patient = try program.start("exec", "one.toml", "--", command)
        #expect(waits(forProcesses: 2), "\(patient.err)")
        patient.signal(SIGINT)
        let end = patient.wait()
        #expect(end.code == 130, "\(end.err)")
        #expect(end.err.contains("1 node: 1 unknown: it may still run (n1)"), "\(end.err)")
        let hasty = try program.start("exec", "one.toml", "--", command)
        #expect(waits(forProcesses: 4), "\(hasty.err)")
        hasty.signal(SIGINT)
        #expect(hasty.waits(for: "once more to stop at once"))
        hasty.signal(SIGINT)
        let cut = hasty.wait()
        #expect(cut.code == 130, "\(cut.err)")
        #expect(cut.err.contains("cut: unknown on n1, it may still run there"), "\(cut.err)")
    }

    @Test("what left the command's process group goes on, as the help says, and the rest is stopped")
    func escaped() throws {
        defer { clean() }
        try inventory("one.toml", [servers[0]])
        let running = try program.start("exec", "one.toml", "--", "setsid sleep \(pause) & sleep \(pause); wait")
        #expect(waits(forProcesses: 2), "\(running.err)")
        running.signal(SIGINT)
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        #expect(end.err.contains("1 node: 1 stopped (n1)"), "\(end.err)")
        #expect(try processes().count == 1)
    }

    @Test("a closed terminal leaves a command alone that was started to outlive it, as under nohup")
    func noHangUp() throws {
        defer { clean() }
        let running = try program.startShell(
            "exec env --ignore-signal=HUP harun exec fleet.toml --timeout 600s -- '\(command)'")
        #expect(waits(forProcesses: 10), "\(running.err)")
        running.signal(SIGHUP)
        running.signal(SIGINT)
        #expect(running.waits(for: "ending the command on every node"))
        #expect(running.wait().code == 130)
        #expect(running.err.matches(of: /ending the command/).count == 1)
        #expect(try processes().isEmpty)
    }
}
