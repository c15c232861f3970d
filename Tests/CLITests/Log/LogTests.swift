import Foundation
import TestSupport
import Testing

/// `--verbose` and `HARUN_LOG`: what the built program says on standard error of what it does over SSH.
@Suite("the log", .serialized)
struct LogTests {
    private static let commands = [
        "deploy", "run", "resume", "rollback", "plan", "check", "status", "exec", "trust",
    ]

    private var program: Program
    private let server: OpenSSHServer

    init() throws {
        program = try Program()
        server = try OpenSSHServer(address: "0.0.0.0")
        try inventory(["n1"])
    }

    private func inventory(_ names: [String]) throws {
        try program.write("known_hosts", server.knownHostsOfEverywhere)
        let nodes = names.enumerated().map { number, name in
            """
            [[node]]
            name = "\(name)"
            address = "127.0.0.\(number + 1)"
            port = \(server.port)
            identity = "\(server.identity)"
            known_hosts = "known_hosts"

            """
        }
        try program.write("fleet.toml", nodes.joined())
    }

    /// The lines that are not time, level, node and words.
    private func others(_ text: String) -> [Substring] {
        text.split(separator: "\n").filter {
            $0.wholeMatch(of: /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info |debug|trace) (\w+|-) .+/) == nil
        }
    }

    @Test("nothing is said without being asked for; with --verbose each line has time, level, node and words")
    func verbose() throws {
        #expect(try program.run("exec", "fleet.toml", "--", "echo x").err == "")
        let result = try program.run("exec", "fleet.toml", "--verbose", "--output", "json", "--", "echo x")
        #expect(result.code == 0)
        #expect(result.out.split(separator: "\n").count == 1 && result.out.hasPrefix("{\"code\":0"), "\(result.out)")
        #expect(others(result.err).isEmpty, "\(result.err)")
        #expect(result.err.contains(" info  n1 logged in as root after "), "\(result.err)")
        #expect(result.err.contains(" debug n1 a command: "), "\(result.err)")
        #expect(!result.err.contains(" trace "))
    }

    @Test("the variable wins over the option, and an empty one is none")
    mutating func variable() throws {
        program.environment["HARUN_LOG"] = "info"
        let info = try program.run("exec", "fleet.toml", "--verbose", "--", "echo x")
        #expect(info.err.contains(" info  n1 logged in") && !info.err.contains(" debug "), "\(info.err)")
        program.environment["HARUN_LOG"] = ""
        #expect(try program.run("exec", "fleet.toml", "--", "echo x").err == "")
    }

    @Test("every command that connects takes the option, and no unknown word", arguments: commands)
    func words(command: String) throws {
        var program = try Program()
        #expect(try program.run(command, "--help").out.contains("--verbose"))
        program.environment["HARUN_LOG"] = "nonsense"
        let words = command == "run" ? ["site", "fleet.toml"] : ["fleet.toml"]
        let arguments = [command] + words + (command == "exec" ? ["--", "true"] : [])
        let result = try program.shell("harun " + arguments.joined(separator: " "))
        #expect(result.code == 64)
        #expect(result.err.contains("HARUN_LOG is one of info, debug, trace, and not `nonsense`"), "\(result.err)")
        #expect(try program.run("runs").code == 0)
    }

    @Test("a run at trace tells of probes, work, leases and the journal, and shows no text of work")
    func run() throws {
        var site = try Site()
        try site.node.touch("go")
        site.program.environment["HARUN_LOG"] = "trace"
        let result = try site.program.run("run", "site", "inventory.toml", "--yes", "--output", "json")
        #expect(result.code == 0, "\(result.err)")
        #expect(others(result.err).isEmpty, "\(others(result.err))")
        for words in [
            "debug web1 probes of 1 step: ", "trace web1 text of the probes:", "[ -e \"$NODE_ROOT/a\" ]",
            "debug web1 work of one/a: ", "debug web1 the lease: ", "trace - journal: 1 events, ",
        ] { #expect(result.err.contains(words), "\(words)") }
        #expect(!result.err.contains("until ["), "the text of work")
    }

    @Test("a line of the log stands above the status of many nodes, which stays the last line")
    func statusOfMany() throws {
        try inventory(["n1", "n2", "n3"])
        let go = "\(program.path)/go"
        // The first node waits for one file, the second for another, the third ends at once.
        let script = """
            if mkdir \(go)-1; then d=\(go)-1; elif mkdir \(go)-2; then d=\(go)-2; else exit 0; fi 2>/dev/null
            until [ -e $d/on ]; do sleep 0.05; done
            """
        let terminal = try TerminalSession(program, "exec", "fleet.toml", "--verbose", "--", script)
        #expect(terminal.waits(for: "waiting for 2 of 3 nodes"), "\(terminal.seen)")
        try program.write("go-1/on", "")
        #expect(terminal.waits(for: "waiting for 1 of 3 nodes"), "\(terminal.seen)")
        try program.write("go-2/on", "")
        #expect(terminal.wait() == 0, "\(terminal.seen)")
        try isReadable(terminal, status: "waiting for")
        #expect(terminal.seen.contains(/exit code 0\nwaiting for \d of 3/), "\(terminal.seen.debugDescription)")
    }

    @Test("a line of the log stands above the status of a run, on whichever stream that is")
    func statusOfRun() throws {
        let site = try Site()
        let terminal = try TerminalSession(site.program, "run", "site", "inventory.toml", "--yes", "--verbose")
        #expect(site.node.waits(for: "started"))
        #expect(terminal.waits(for: "a  web1"), "\(terminal.seen)")
        site.node.server.killConnections()
        #expect(terminal.waits(for: "the connection is over"), "\(terminal.seen)")
        #expect(terminal.waits(for: "connects anew"), "\(terminal.seen)")
        try site.node.touch("go")
        #expect(terminal.wait() == 0, "\(terminal.seen)")
        try isReadable(terminal, status: "a  web1")
    }

    /// Whether each line of the log is a row of its own, and nothing of a status is left in any.
    private func isReadable(_ terminal: TerminalSession, status: String) throws {
        let rows = TerminalScreen(terminal.seen).rows
        let log = rows.filter { $0.contains(#/T\d\d:\d\d:\d\d\.\d{3}Z /#) }
        #expect(log.count > 10)
        #expect(others(log.joined(separator: "\n")).isEmpty, "\(rows)")
        #expect(!log.contains { $0.contains(status) }, "\(rows)")
        #expect(rows.last == "", "\(rows)")
    }

    @Test("who does not read standard error holds nothing up: neither a node nor the end")
    func unread() throws {
        try inventory((1...9).map { "n\($0)" })
        let process = program.process(
            Program.executable, ["exec", "fleet.toml", "--verbose", "--", "echo x"])
        let (out, err) = (Pipe(), Pipe())
        // One page: the lines of a single node fill it.
        let setPipeSize: CInt = 1031
        #expect(fcntl(err.fileHandleForWriting.fileDescriptor, setPipeSize, 4096) == 4096)
        process.standardOutput = out
        process.standardError = err
        try process.run()
        guard eventually({ !process.isRunning }) else {
            kill(process.processIdentifier, SIGKILL)
            Issue.record("it waits for who reads standard error")
            return
        }
        #expect(process.terminationStatus == 0)
        let text = String(decoding: out.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        #expect(text.split(separator: "\n").sorted() == (1...9).map { "n\($0) | x" })
    }
}
