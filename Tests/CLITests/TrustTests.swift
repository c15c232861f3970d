import Foundation
import TestSupport
import Testing

/// `harun trust` against real servers.
@Suite("harun trust", .serialized)
struct TrustTests {
    private let program: Program

    init() throws { program = try Program() }

    private func inventory(_ server: OpenSSHServer, jump: OpenSSHServer? = nil) throws {
        let way = jump.map { "jump = \"root@127.0.0.1:\($0.port)\"\n" } ?? ""
        try program.write(
            "i.toml",
            """
            [ssh]
            identity = "\(server.identity)"
            known_hosts = "known"
            \(way)[[node]]
            name = "n1"
            address = "127.0.0.1"
            port = \(server.port)
            """)
    }

    private func fingerprint(_ server: OpenSSHServer, _ type: String) throws -> String {
        let output = Pipe()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/ssh-keygen")
        process.arguments = ["-lf", server.directory.file("host_\(type).pub")]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.split(separator: " ").dropFirst().first.map(String.init) ?? ""
    }

    private var known: String { (try? String(contentsOfFile: "\(program.path)/known", encoding: .utf8)) ?? "" }

    @Test("all keys are shown, those that are listed are pinned, and nothing else is")
    func pins() throws {
        let server = try OpenSSHServer(hostKeyTypes: ["ed25519", "ecdsa"])
        try inventory(server)
        try program.write("known", "# mine\n")
        let (ed25519, ecdsa) = (try fingerprint(server, "ed25519"), try fingerprint(server, "ecdsa"))
        try program.write("prints", "# by phone\nn1 \(ecdsa)\n")
        let first = try program.run("trust", "i.toml", "--yes", "--fingerprint-file", "prints")
        #expect(first.code == 0, "\(first.err)")
        #expect(first.out.contains(ed25519) && first.out.contains(ecdsa))
        #expect(known.hasPrefix("# mine\n[127.0.0.1]:\(server.port) ecdsa-sha2-nistp256 "))
        #expect(known.split(separator: "\n").count == 2)
        let exec = try program.run("exec", "i.toml", "--", "echo", "in")
        #expect(exec.code == 0, "\(exec.err)")
        let again = try program.run("trust", "i.toml", "--yes", "--fingerprint-file", "prints")
        #expect(again.code == 0)
        #expect(again.out.contains("known already"))
        #expect(known.split(separator: "\n").count == 2)
    }

    @Test("as JSON each host is one object, and without a file of fingerprints nothing is asked or pinned")
    func json() throws {
        let server = try OpenSSHServer()
        try inventory(server)
        let print = try fingerprint(server, "ed25519")
        let shown = try program.run("trust", "i.toml", "--output", "json")
        func line(_ state: String) -> String {
            "{\"address\":\"[127.0.0.1]:\(server.port)\",\"error\":null,\"host\":\"n1\",\"keys\":[{\"fingerprint\":\"\(print)\","
                + "\"state\":\"\(state)\",\"type\":\"ssh-ed25519\"}],\"known_hosts\":\"\(program.path)/known\"}\n"
        }
        #expect(shown.code == 1)
        #expect(shown.out == line("new"))
        #expect(known.isEmpty)
        try program.write("prints", "n1 \(print)\n")
        for state in ["pinned", "known"] {
            let result = try program.run(
                "trust", "i.toml", "--yes", "--fingerprint-file", "prints", "--output", "json")
            #expect(result.code == 0, "\(result.err)")
            #expect(result.out == line(state))
        }
    }

    @Test("a fingerprint that is not listed pins nothing and fails")
    func unlisted() throws {
        let server = try OpenSSHServer()
        try inventory(server)
        try program.write("prints", "n1 SHA256:wrong\nother \(try fingerprint(server, "ed25519"))\n")
        let result = try program.run("trust", "i.toml", "--yes", "--fingerprint-file", "prints")
        #expect(result.code == 1)
        #expect(result.err.contains("prints says SHA256:wrong for n1"))
        #expect(known.isEmpty)
    }

    @Test("a changed key is refused with both fingerprints, the line and the command, and stays")
    func changed() throws {
        let server = try OpenSSHServer()
        let other = try OpenSSHServer()
        try inventory(server)
        let words = String(decoding: other.directory.read("host_ed25519.pub"), as: UTF8.self).split(separator: " ")
        let line = "[127.0.0.1]:\(server.port) \(words[0]) \(words[1])\n"
        try program.write("known", line)
        let print = try fingerprint(server, "ed25519")
        try program.write("prints", "n1 \(print)\n")
        let result = try program.run("trust", "i.toml", "--yes", "--fingerprint-file", "prints")
        #expect(result.code == 1)
        for part in [print, try fingerprint(other, "ed25519"), "known line 1", "ssh-keygen -f", "-R '[127.0.0.1]:"] {
            #expect(result.err.contains(part), "\(result.err)")
        }
        #expect(known == line)
    }

    @Test("a jump host is trusted first, then what lies behind it, and commands go through it")
    func jump() throws {
        let server = try OpenSSHServer()
        let hop = try OpenSSHServer()
        let key = String(decoding: server.directory.read("id_ed25519.pub"), as: UTF8.self)
        try hop.directory.write("authorized_keys", key)
        try inventory(server, jump: hop)
        let prints = try "127.0.0.1 \(fingerprint(hop, "ed25519"))\nn1 \(fingerprint(server, "ed25519"))\n"
        try program.write("prints", prints)
        let untrusted = try program.run("exec", "i.toml", "--", "true")
        #expect(untrusted.code == 1)
        #expect(untrusted.err.contains("the jump host 127.0.0.1: the host key of"), "\(untrusted.err)")
        let result = try program.run("trust", "i.toml", "--yes", "--fingerprint-file", "prints")
        #expect(result.code == 0, "\(result.err)")
        #expect(known.split(separator: "\n").count == 2)
        let exec = try program.run("exec", "i.toml", "--", "echo", "behind")
        #expect(exec.code == 0, "\(exec.err)")
        #expect(exec.out.contains("behind"))
    }

    @Test("what ssh_config asks for and harun does not do is said once, and its errors have their place")
    func notes() throws {
        let server = try OpenSSHServer()
        try inventory(server)
        try FileManager.default.createDirectory(
            atPath: "\(program.path)/.ssh", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let config = "Host *\n  StrictHostKeyChecking no\n"
        try program.write(".ssh/config", config)
        let result = try program.run("check", "i.toml")
        #expect(result.err.contains(".ssh/config:2: StrictHostKeyChecking is not honoured"), "\(result.err)")
        try program.write(".ssh/config", config + "Port many\n")
        let wrong = try program.run("check", "i.toml")
        #expect(wrong.code == 65)
        #expect(wrong.err.contains(".ssh/config:3:1: error: Port many: not a port"), "\(wrong.err)")
    }
}
