import Glibc
import TestSupport
import Testing
import Transport

@testable import SSH

@Suite("writing known_hosts")
struct KnownHostsWriterTests {
    private let directory: TemporaryDirectory
    private let key: HostKey

    init() throws {
        directory = try TemporaryDirectory()
        try OpenSSHServer.makeKey(directory.file("key"), type: "ed25519")
        let words = String(decoding: directory.read("key.pub"), as: UTF8.self).split(separator: " ")
        key = try #require(Base64.decode(words[1].utf8).flatMap { HostKey(blob: $0) })
    }

    private func text(_ name: String) -> String { String(decoding: directory.read(name), as: UTF8.self) }

    private func mode(_ name: String) -> mode_t {
        var status = stat()
        return stat(directory.file(name), &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test("what is there stays byte for byte, and the file is its owner's alone")
    func keeps() throws {
        try directory.write("known", "# mine\r\n\nbad line\nx", mode: 0o644)
        try KnownHostsWriter.append(["a b c", "d e f"], to: directory.file("known"))
        #expect(text("known") == "# mine\r\n\nbad line\nx\na b c\nd e f\n")
        #expect(mode("known") == 0o600)
        try KnownHostsWriter.append(["g"], to: directory.file("new/known"))
        #expect(text("new/known") == "g\n")
        #expect(mode("new") == 0o700)
    }

    @Test("behind a link the file itself is replaced, and what is no file is left alone")
    func special() throws {
        try directory.write("real", "x\n")
        symlink("real", directory.file("link"))
        try KnownHostsWriter.append(["y"], to: directory.file("link"))
        #expect(text("real") == "x\ny\n")
        var status = stat()
        #expect(lstat(directory.file("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
        mkfifo(directory.file("pipe"), 0o600)
        for path in [directory.file("pipe"), "/dev/null", directory.path] {
            #expect(throws: KnownHostsWriter.Failure.self) { try KnownHostsWriter.append(["y"], to: path) }
        }
    }

    @Test("a hashed file gets hashed lines, which ssh-keygen finds")
    func hashed() throws {
        try directory.write("known", key.knownHostsLine(host: "first") + "\n")
        try ChildProcess.run(["/usr/bin/ssh-keygen", "-q", "-H", "-f", directory.file("known")])
        var endpoint = OpenSSHKeygen.endpoint("Second.example.com", knownHosts: directory.file("known"))
        endpoint.port = 2222
        let lines = KnownHostsFiles(of: endpoint).lines(for: [key], of: endpoint)
        #expect(lines.allSatisfy { $0.hasPrefix("|1|") })
        try KnownHostsWriter.append(lines, to: directory.file("known"))
        #expect(KnownHostsFiles(of: endpoint).problem(with: key, of: endpoint) == nil)
        #expect(try OpenSSHKeygen.lines(of: "[second.example.com]:2222", in: directory.file("known")) == [2])
        #expect(try OpenSSHKeygen.lines(of: "first", in: directory.file("known")) == [1])
    }
}
