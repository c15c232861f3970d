import Foundation
import TestSupport
import Testing

/// A whole run with secrets that can be recognised: they may be nowhere but inside of SSH.
@Suite("secrets for SSH")
struct SecretCanaryTests {
    private static let runbook = """
        [runbook]
        name = "look"
        [[stage]]
        name = "look"
        [[stage.step]]
        id = "look"
        action = "shell"
        [stage.step.with]
        apply = '''
        for f in /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do tr '\\0' '\\n' <"$f" || :; done 2>/dev/null >@FOLDER@/seen || :
        env >>@FOLDER@/seen; set >>@FOLDER@/seen
        '''
        """

    @Test("a passphrase and a password reach no output, journal, process list or log", arguments: [true, false])
    func canary(isRight: Bool) throws {
        var program = try Program()
        program.environment["HARUN_LOG"] = "trace"
        let key = "\(program.path)/id"
        // Words of this case alone: others put theirs into the process list by themselves.
        let tag = UUID().uuidString
        let (passphrase, password) = ("canary-passphrase-\(tag)", "canary-password-\(tag)")
        let wrong = "canary-wrong-\(tag)"
        try OpenSSHServer.makeKey(key, type: "ed25519", passphrase: passphrase)
        let keys = try TemporaryDirectory()
        try ChildProcess.run(["/bin/chmod", "755", keys.path])
        try ChildProcess.run(["/usr/bin/install", "-m", "644", key + ".pub", keys.file("authorized_keys")])
        let server = try OpenSSHServer(extraConfig: [
            "PasswordAuthentication yes", "AuthenticationMethods publickey,password", "LogLevel DEBUG3",
            "AuthorizedKeysFile \(keys.file("authorized_keys"))",
        ])
        let user = try TestUser(password: password, sudo: "ALL=(ALL) NOPASSWD: ALL")
        try ChildProcess.run(["/bin/mkdir", "\(program.path)/look"])
        try program.write(
            "look/runbook.toml", Self.runbook.replacingOccurrences(of: "@FOLDER@", with: program.path))
        try keys.write("passphrase", passphrase)
        try keys.write("password", isRight ? password : wrong)
        try program.write(
            "inventory.toml",
            """
            [ssh]
            user = "\(user.name)"
            port = \(server.port)
            identity = "\(key)"
            known_hosts = "\(server.directory.file("known_hosts"))"
            passphrase = { file = "\(keys.file("passphrase"))" }
            password = { file = "\(keys.file("password"))" }
            [[node]]
            name = "n1"
            address = "127.0.0.1"
            """)
        let result = try program.run("run", "look", "inventory.toml", "--yes", "--output", "plain")
        #expect((result.code == 0) == isRight, "\(result.err)\(result.out)")
        #expect(result.err.contains("debug n1 offers the password"), "\(result.err)")
        let seen = TemporaryDirectory.content(of: "\(program.path)/seen")
        #expect(seen.isEmpty != isRight)
        let state = try FileManager.default.subpathsOfDirectory(atPath: "\(program.path)/state")
        let files = state.map { TemporaryDirectory.content(of: "\(program.path)/state/\($0)") }
        #expect(!files.allSatisfy { $0.isEmpty })
        let places = files + [seen, Array(result.out.utf8), Array(result.err.utf8), Array(server.log.utf8)]
        for (number, bytes) in places.enumerated() {
            for needle in [passphrase, password, wrong] {
                #expect(Data(bytes).range(of: Data(needle.utf8)) == nil, "\(needle) in \(number)")
            }
        }
    }

    @Test("what a command is, reads and prints reaches no log")
    func commands() throws {
        var program = try Program()
        program.environment["HARUN_LOG"] = "trace"
        let node = try LoopbackNode()
        try program.write("inventory.toml", node.inventory)
        try program.write("input", "canary-input\n")
        let result = try program.run(
            "exec", "inventory.toml", "--stdin", "--output", "json", "--", "cat; echo canary-output",
            input: "\(program.path)/input")
        #expect(result.code == 0 && result.out.contains("canary-input\\ncanary-output"), "\(result.out)\(result.err)")
        #expect(result.err.contains("debug web1 a command: "), "\(result.err)")
        #expect(!result.err.contains("canary"), "\(result.err)")
    }
}
