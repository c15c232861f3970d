import Foundation
import TestSupport
import Testing

/// `harun exec` as people and scripts use it: the built program against real servers on loopback.
@Suite("exec", .serialized)
struct ExecTests {
    private let program: Program
    private let servers: [OpenSSHServer]

    init() throws {
        program = try Program()
        servers = try (1...3).map { try OpenSSHServer(address: "127.0.0.\($0)") }
        try inventory("fleet.toml")
    }

    /// Nodes n1, n2, n3, each a server of its own.
    ///
    /// - Parameter dead: the number of a node that nobody answers for.
    private func inventory(_ name: String, dead: Int? = nil) throws {
        let nodes = servers.enumerated().map { index, server in
            """
            [[node]]
            name = "n\(index + 1)"
            address = "\(server.address)"
            port = \(dead == index + 1 ? 9 : server.port)
            identity = "\(server.identity)"
            known_hosts = "\(server.directory.file("known_hosts"))"
            groups = ["\(index == 0 ? "front" : "back")"]

            """
        }
        try program.write(name, "[ssh]\nuser = \"root\"\n" + nodes.joined())
    }

    private func sorted(_ text: String) -> [String] { text.split(separator: "\n").map(String.init).sorted() }

    @Test("whole lines come with the node in front, each stream on its own")
    func live() throws {
        let result = try program.run("exec", "fleet.toml", "--", "printf 'one\\ntwo'; echo bad >&2")
        #expect(result.code == 0, "\(result.err)")
        #expect(sorted(result.out) == ["n1 | one", "n1 | two", "n2 | one", "n2 | two", "n3 | one", "n3 | two"])
        #expect(sorted(result.err) == ["n1 ! bad", "n2 ! bad", "n3 ! bad"])
    }

    @Test("a selector chooses nodes, and one that means none is refused")
    func selectors() throws {
        #expect(try program.run("exec", "fleet.toml", "--on", "back,!n3", "--", "echo x").out == "n2 | x\n")
        let wrong = try program.run("exec", "fleet.toml", "--on", "n9", "--", "true")
        #expect(wrong.code == 64)
        #expect(wrong.err.contains("no node or group is named \"n9\"; did you mean \"n1\"?"))
        #expect(try program.run("exec", "fleet.toml").code == 64)
    }

    @Test("the last line counts the endings, and the exit code is 1 where one is not 0")
    func failing() throws {
        let command = "mkdir \(program.path)/only-one 2>/dev/null || exit 7"
        let result = try program.run("exec", "fleet.toml", "--concurrency", "1", "--", command)
        #expect(result.code == 1)
        #expect(
            sorted(result.err) == [
                "3 nodes: 2 exit code 7 (n[2-3]) · 1 exit code 0", "n2 ! exit code 7", "n3 ! exit code 7",
            ])
    }

    @Test("one JSON object a node, with the documented fields")
    func json() throws {
        let result = try program.run("exec", "fleet.toml", "--output", "json", "--", "echo \"a ñ\"; echo b >&2; exit 3")
        #expect(result.code == 1)
        #expect(result.err.isEmpty)
        let lines = result.out.split(separator: "\n")
        #expect(lines.count == 3)
        for line in lines {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(Set(object.keys) == ["node", "outcome", "code", "stdout", "stderr", "seconds"])
            #expect(object["outcome"] as? String == "exited")
            #expect(object["code"] as? Int == 3)
            #expect(object["stdout"] as? String == "a ñ\n")
            #expect(object["stderr"] as? String == "b\n")
            #expect((object["seconds"] as? Double).map { $0 < 60 } == true)
        }
    }

    @Test("equal results are shown once with their nodes, unreachable nodes apart")
    func group() throws {
        try inventory("mixed.toml", dead: 3)
        let result = try program.run("exec", "mixed.toml", "--group", "--", "echo same; echo err >&2")
        #expect(result.code == 1)
        #expect(
            result.out.hasPrefix(
                "n[1-2] (2 nodes): exit code 0\n  same\n  standard error:\n    err\n\nn3: not reached\n"))
        #expect(result.err.contains("3 nodes: 2 exit code 0 · 1 not reached (n3)"))
        #expect(result.err.contains("next:  see whether the node is on and sshd answers"))
    }

    @Test("standard input goes to every node, whole")
    func standardInput() throws {
        let text = String(repeating: "0123456789abcdef", count: 20_000)
        try program.write("input", text)
        let result = try program.run(
            "exec", "fleet.toml", "--stdin", "--", "wc -c", input: "\(program.path)/input")
        #expect(sorted(result.out) == ["n1 | 320000", "n2 | 320000", "n3 | 320000"], "\(result.err)")
        #expect(sorted(try program.run("exec", "fleet.toml", "--", "wc -c").out) == ["n1 | 0", "n2 | 0", "n3 | 0"])
    }

    @Test("a command that does not end is killed, and nobody claims to know what it did")
    func timeout() throws {
        let result = try program.run(
            "exec", "fleet.toml", "--on", "n1", "--timeout", "5s", "--", "echo begun; sleep 1000")
        #expect(result.code == 3)
        #expect(result.out == "n1 | begun\n")
        #expect(result.err.contains("n1 ! error: no end after 5 s; its processes were killed"))
        #expect(result.err.contains("1 node: 1 timed out (n1)"))
    }

    @Test("a command that cannot be killed is unknown, and may still run")
    func cannotBeKilled() throws {
        // The command has the only channel, and none is left for what would kill it.
        let server = try OpenSSHServer(extraConfig: ["MaxSessions 1"])
        let node = """
            [[node]]
            name = "n1"
            address = "\(server.address)"
            port = \(server.port)
            identity = "\(server.identity)"
            known_hosts = "\(server.directory.file("known_hosts"))"

            """
        try program.write("one.toml", node)
        let result = try program.run("exec", "one.toml", "--timeout", "5s", "--", "echo begun; sleep 60")
        #expect(result.code == 3)
        #expect(result.out == "n1 | begun\n")
        #expect(result.err.contains("n1 ! error: no end after 5 s; it could not be killed and may still run"))
        #expect(result.err.contains("1 node: 1 unknown: it may still run (n1)"))
    }

    @Test("a command that prints too much has begun, and nobody claims to know what it did")
    func tooMuch() throws {
        let result = try program.run(
            "exec", "fleet.toml", "--on", "n1", "--output", "json", "--", "head -c 70000000 /dev/zero; sleep 1000")
        #expect(result.code == 3)
        #expect(result.out.contains("\"outcome\":\"output-too-long\""), "\(result.out.prefix(2000))")
    }

    @Test("JSON objects that are longer than a pipe do not run into one another")
    func jsonThroughPipe() throws {
        // A slow reader, so that all three wait for the pipe at once.
        let result = try program.shell(
            "harun exec fleet.toml --output json -- 'head -c 300000 /dev/zero | tr \"\\0\" x' | dd bs=4 status=none")
        #expect(result.err.isEmpty)
        let lines = result.out.split(separator: "\n")
        #expect(lines.count == 3)
        for line in lines {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect((object["stdout"] as? String)?.count == 300_000)
        }
    }

    @Test("no node steers the operator's terminal", arguments: ["", "--group"])
    func terminal(option: String) throws {
        let script = "printf \"a\\033[2Jb\\302\\233c\\n\""
        try program.write("run", "NO_COLOR=1 harun exec fleet.toml --on n1 \(option) -- '\(script)'\n")
        let result = try program.shell("script -qec 'sh run' /dev/null </dev/null")
        #expect(result.out.contains("a^[[2Jb\u{FFFD}c"), "\(result.out.debugDescription)")
        #expect(!result.out.contains("\u{1b}[2J"))
    }

    @Test("a connection lost under a command is unknown, with exit code 3")
    func lost() throws {
        let result = try program.run(
            "exec", "fleet.toml", "--on", "n1", "--output", "json", "--", "kill -9 $PPID; sleep 5")
        #expect(result.code == 3)
        #expect(result.out.contains("\"outcome\":\"unknown\""), "\(result.out)\(result.err)")
    }

    @Test("much output keeps its lines whole, and one without end is cut")
    func large() throws {
        let result = try program.run(
            "exec", "fleet.toml", "--on", "n1", "--", "head -c 3000000 /dev/zero | tr '\\0' x | fold -w 99")
        #expect(result.code == 0, "\(result.err)")
        #expect(result.out.utf8.count == 3_000_000 + 30_304 * 6)
        let endless = try program.run("exec", "fleet.toml", "--on", "n1", "--", "head -c 300000 /dev/zero | tr '\\0' x")
        #expect(endless.out.filter { $0 == "x" }.count == 300_000)
        #expect(endless.out.split(separator: "\n").allSatisfy { $0.hasPrefix("n1 | x") })
    }
}
