import Foundation
import TestSupport
import Testing

/// The built program on a terminal of its own, with a server that makes it ask.
@Suite("questions on a terminal", .serialized)
struct TerminalPromptTests {
    /// Runs `harun exec` with a pseudo-terminal for input and errors, and types `answers` as they are asked for.
    private func exec(
        _ inventory: String, answers: [(question: String, answer: String)]
    ) throws -> (code: Int32, terminal: String, out: String) {
        let folder = try TemporaryDirectory()
        try folder.write("inventory.toml", inventory)
        let (terminal, other) = try #require(TerminalSession.open())
        let process = Process()
        process.executableURL = Program.executable
        process.arguments = ["exec", "inventory.toml", "--", "echo done"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = ["HARUN_STATE_DIR": "\(folder.path)/state", "HOME": folder.path, "PATH": "/usr/bin:/bin"]
        process.standardInput = FileHandle(fileDescriptor: other)
        process.standardError = FileHandle(fileDescriptor: other)
        try folder.write("out", "")
        process.standardOutput = FileHandle(forWritingAtPath: folder.file("out"))
        try process.run()
        close(other)
        var seen = ""
        var rest = answers[...]
        let deadline = Date(timeIntervalSinceNow: 120)
        var buffer = [UInt8](repeating: 0, count: 4096)
        while Date.now < deadline {
            var question = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
            guard poll(&question, 1, 100) > 0 else { continue }
            let count = read(terminal, &buffer, buffer.count)
            guard count > 0 else { break }
            seen += String(decoding: buffer[0..<count], as: UTF8.self)
            if let next = rest.first, seen.hasSuffix(next.question) {
                rest = rest.dropFirst()
                _ = write(terminal, next.answer, next.answer.utf8.count)
            }
        }
        // Where the wait has passed, it does not end by itself.
        if Date.now >= deadline { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        close(terminal)
        return (process.terminationStatus, seen, String(decoding: folder.read("out"), as: UTF8.self))
    }

    private func inventory(_ server: OpenSSHServer, _ key: String) -> String {
        """
        [ssh]
        port = \(server.port)
        identity = "\(key)"
        known_hosts = "\(server.directory.file("known_hosts"))"
        [[node]]
        name = "n1"
        address = "127.0.0.1"
        """
    }

    @Test("a passphrase is asked for by the key's name, mistyped, corrected, and never shown")
    func passphrase() throws {
        let server = try OpenSSHServer()
        let key = server.directory.file("locked")
        try OpenSSHServer.makeKey(key, type: "ed25519", passphrase: "opensesame")
        try server.authorize("locked.pub")
        let question = "passphrase of the key \(key): "
        let result = try exec(
            inventory(server, key),
            answers: [(question, "mistyped\n"), (question, "wrong\u{15}opensesamé\u{7f}e\n")])
        #expect(result.code == 0, "\(result.terminal)")
        #expect(result.out.contains("done"))
        #expect(!result.terminal.contains("opensesam"))
        #expect(!result.terminal.contains("mistyped"))
    }

    @Test("Ctrl-C at a question ends the program")
    func interrupted() throws {
        let server = try OpenSSHServer()
        let key = server.directory.file("locked")
        try OpenSSHServer.makeKey(key, type: "ed25519", passphrase: "opensesame")
        try server.authorize("locked.pub")
        let result = try exec(inventory(server, key), answers: [("\(key): ", "abc\u{3}")])
        #expect(result.code != 0)
        #expect(!result.out.contains("done"))
    }
}
