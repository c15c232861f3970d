import Foundation
import TestSupport
import Testing

/// What SIGINT, SIGTERM and SIGHUP do to each command, from outside.
@Suite("Signals and every command", .serialized)
struct CommandSignalTests {
    /// A command in the middle of something that does not end by itself.
    enum Row: String, CaseIterable, CustomTestStringConvertible {
        /// Commands that only read, while a node's tools do not answer.
        case status, watch, check, plan
        /// While a host does not speak.
        case trust
        /// While it asks for the fingerprint.
        case trustQuestion
        /// While somebody else has the journal's folder.
        case runs, show, resumeOpening, rollbackOpening
        /// While the question before the first change stands there.
        case deployQuestion, runQuestion, resumeQuestion, rollbackQuestion

        var testDescription: String { rawValue }
    }

    private static let signals = [SIGINT, SIGTERM, SIGHUP]

    /// A node all of whose tools say that they were begun, and hang.
    private struct Hanging {
        let server: OpenSSHServer
        let folder: TemporaryDirectory
        let pause = "86398.\(UInt32.random(in: 100_000_000...UInt32.max))"

        init() throws {
            folder = try TemporaryDirectory()
            try FileManager.default.createDirectory(
                atPath: folder.file("bin"), withIntermediateDirectories: true)
            let tool = try folder.write(
                "tool", "#!/bin/sh\n: >\(folder.file("began"))\nexec /usr/bin/sleep \(pause)\n", mode: 0o755)
            for folder in ["/usr/bin", "/usr/sbin", "/bin", "/sbin"] {
                for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name != "sleep" {
                    try? FileManager.default.createSymbolicLink(
                        atPath: self.folder.file("bin/\(name)"), withDestinationPath: tool)
                }
            }
            let place = try folder.write(
                "place",
                """
                #!/bin/sh
                PATH=\(folder.file("bin")) exec /bin/sh -c "$(
                    printf '%s' "$SSH_ORIGINAL_COMMAND" | /usr/bin/sed 's#PATH=[^; ]*##g')"

                """, mode: 0o755)
            try FileManager.default.createSymbolicLink(
                atPath: folder.file("bin/sleep"), withDestinationPath: "/usr/bin/sleep")
            server = try OpenSSHServer(extraConfig: ["ForceCommand \(place)"])
        }

        /// An inventory of two such nodes.
        var inventory: String {
            Self.cluster
                + [("nodo1", "192.0.2.11"), ("nodo2", "192.0.2.12")].map { name, address in
                    """
                    [[node]]
                    name = "\(name)"
                    address = "\(address)"
                    port = \(server.port)
                    identity = "\(server.identity)"
                    known_hosts = "\(server.directory.file("known_hosts"))"

                    """
                }.joined()
        }

        /// An inventory's part about the cluster.
        static let cluster = """
            [cluster]
            name = "shop"
            [iscsi]
            portal = "192.0.2.5:3260"
            target = "iqn.2005-10.org.example:ha"
            [storage]
            lun = 1
            mount = "/mnt/shared_storage"
            format = "if-empty"
            [fencing]
            method = "sbd"
            lun = 2
            watchdog = "/dev/watchdog"

            """

        func left() throws -> [Int32] { try ProcessTable.processes(of: ["/usr/bin/sleep", pause]) }
    }

    @Test(
        "each command ends with 130, and leaves nothing on the nodes, in the journal or in known_hosts",
        arguments: Row.allCases, signals)
    func ends(row: Row, number: Int32) throws {
        switch row {
        case .status, .watch, .check, .plan: try reading(row, number)
        case .trust, .trustQuestion: try trusting(row, number)
        case .runs, .show, .resumeOpening, .rollbackOpening: try opening(row, number)
        case .deployQuestion, .runQuestion, .resumeQuestion, .rollbackQuestion: try asking(row, number)
        }
    }

    private func reading(_ row: Row, _ number: Int32) throws {
        let node = try Hanging()
        let program = try Program()
        // A cluster's node has no loopback address in its inventory.
        try program.write(".ssh/config", "Host 192.0.2.*\n    HostName 127.0.0.1\n")
        try program.write("inventory.toml", node.inventory)
        let words =
            switch row {
            case .status: "status inventory.toml"
            case .watch: "status inventory.toml --watch"
            case .check: "check inventory.toml --online"
            default: "plan inventory.toml"
            }
        let running = try program.startShell("exec env --default-signal=HUP harun \(words)")
        defer { for id in (try? node.left()) ?? [] { kill(id, SIGKILL) } }
        #expect(
            eventually { FileManager.default.fileExists(atPath: node.folder.file("began")) || !running.isRunning })
        running.signal(number)
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        #expect(end.out.isEmpty, "a look that was cut short is no result: \(end.out)")
        #expect(end.err.contains("ending the look at the nodes; once more to stop at once"), "\(end.err)")
        #expect(eventually { (try? node.left()) == [] })
    }

    private func trusting(_ row: Row, _ number: Int32) throws {
        let node = try LoopbackNode()
        let program = try Program()
        try program.write(
            "inventory.toml", node.inventory.replacing(node.server.directory.file("known_hosts"), with: "known_hosts"))
        if row == .trust { node.server.freeze() }
        defer { node.server.thaw() }
        let terminal = try TerminalSession(program, "trust", "inventory.toml")
        if row == .trust {
            #expect(eventually { terminal.hasSocket })
        } else {
            #expect(terminal.waits(for: "known_hosts? [y/N] "), "\(terminal.seen)")
        }
        terminal.signal(number)
        #expect(terminal.wait() == 130, "\(terminal.seen)")
        #expect(!FileManager.default.fileExists(atPath: program.path + "/known_hosts"))
    }

    private func opening(_ row: Row, _ number: Int32) throws {
        let site = try Site()
        try site.node.touch("go")
        #expect(try site.run().code == 0)
        let before = try site.runs()
        let folder = open(site.program.path + "/state", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        #expect(flock(folder, LOCK_EX) == 0)
        let words =
            switch row {
            case .runs: "runs"
            case .show: "show"
            case .resumeOpening: "resume inventory.toml --yes"
            default: "rollback inventory.toml --yes"
            }
        let running = try site.program.startShell("exec env --default-signal=HUP harun \(words)")
        #expect(running.waitsToOpen(site.program.path + "/state"), "\(running.err)")
        running.signal(number)
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        close(folder)
        #expect(try site.runs().map(\.result) == before.map(\.result))
        #expect(site.node.lines("log") == ["a", "b"])
    }

    private func asking(_ row: Row, _ number: Int32) throws {
        let site = try Site()
        if row != .runQuestion, row != .deployQuestion {
            try site.node.touch("go")
            #expect(try site.run().code == 0)
        }
        let nodes = [("nodo1", "192.0.2.11"), ("nodo2", "192.0.2.12")].map { name, address in
            site.node.section(name).replacing("\"\(site.node.server.address)\"", with: "\"\(address)\"")
        }
        try site.program.write("cluster.toml", Hanging.cluster + nodes.joined())
        let before = try site.runs().map(\.result)
        let last = before.isEmpty ? "" : try #require(try site.runs().first).id
        let (words, question): ([String], String) =
            switch row {
            case .deployQuestion: (["deploy", "cluster.toml"], "Go on? [y/N] ")
            case .runQuestion: (["run", "site", "inventory.toml"], "Go on? [y/N] ")
            case .resumeQuestion: (["resume", last], "Go on with run \(last)? [y/N] ")
            default: (["rollback", last], "Type yes to take this back: ")
            }
        let terminal = try TerminalSession(site.program, words)
        #expect(terminal.waits(for: question), "\(terminal.seen)")
        terminal.signal(number)
        #expect(terminal.wait() == 130, "\(terminal.seen)")
        #expect(try site.runs().map(\.result) == before)
    }

    @Test("a rollback finishes the step in flight, and goes on where it was", arguments: signals)
    func rollback(number: Int32) throws {
        let site = try Site()
        try site.node.touch("go")
        #expect(try site.run().code == 0)
        let running = try site.program.startShell(
            "exec env --default-signal=HUP harun rollback inventory.toml --yes --output plain")
        #expect(site.node.waits(for: "undoing"), "\(running.err)")
        running.signal(number)
        #expect(running.waits(for: "stopping once this has ended: two/b on web1"), "\(running.err)")
        try site.node.touch("back")
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        #expect(try site.runs().map(\.result) == ["interrupted"])
        #expect(site.node.lines("log") == ["a", "b", "undo-b"])
        let again = try site.program.run("rollback", "inventory.toml", "--yes", "--output", "plain")
        #expect(again.code == 0, "\(again.err)")
        #expect(site.node.lines("log") == ["a", "b", "undo-b", "undo-a"])
    }

    @Test("a resumed run finishes the step in flight, and can be gone on with again", arguments: signals)
    func resume(number: Int32) throws {
        let site = try Site()
        let killed = try site.kill()
        let running = try site.program.startShell(
            "exec env --default-signal=HUP harun resume \(killed) --yes --output plain")
        #expect(eventually { running.out.contains(killed) }, "\(running.err)")
        running.signal(number)
        #expect(running.waits(for: "Ctrl-C once more cuts"), "\(running.err)")
        try site.node.touch("go")
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        #expect(try site.runs().map(\.result) == ["interrupted"])
        #expect(try site.program.run("resume", "inventory.toml", "--yes").code == 0)
        #expect(site.node.lines("log") == ["a", "b"])
    }
}
