import TestSupport
import Testing
import Transport

@testable import SSH

/// The envelope against real shells on this machine: what a login shell would do with the request.
@Suite("the envelope in a shell")
struct CommandEnvelopeTests {
    private struct Ending {
        var outcome: Outcome
        var stdout: [UInt8]
        var stderr: [UInt8]
    }

    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private func run(
        _ script: String, input: String = "", sudo: SudoWay? = nil, shell: String = "/bin/sh", prefix: String = ""
    ) throws -> Ending {
        let nonce = EnvelopeNonce()
        let envelope = CommandEnvelope(script: script, sudo: sudo, nonce: nonce)
        try directory.write("in", String(decoding: envelope.inputPrefix, as: UTF8.self) + input)
        let redirected = #"cd "$1"; exec "$2" -c "$3" <in >out 2>err"#
        try ChildProcess(["/bin/sh", "-c", redirected, "sh", directory.path, shell, prefix + envelope.request]).wait()
        var reader = EnvelopeReader(nonce: nonce)
        var stdout = directory.read("out").withUnsafeBytes { reader.consume($0, of: .stdout) }
        stdout += reader.finish(.stdout)
        var stderr = directory.read("err").withUnsafeBytes { reader.consume($0, of: .stderr) }
        stderr += reader.finish(.stderr)
        return Ending(outcome: reader.outcome(signal: nil), stdout: stdout, stderr: stderr)
    }

    @Test(
        "every way to end a script is reported",
        arguments: [
            ("exit 7", 7), ("true", 0), ("", 0), ("false", 1), ("set -e; false; exit 3", 1), ("exec sh -c 'exit 9'", 9),
            ("echo no newline at the end; printf x; printf y >&2; exit 4", 4), ("exit 255", 255),
            ("trap 'exit 5' EXIT; true", 5), ("exec >&- 2>&-; exit 6", 6), ("(exit 8)", 8), ("set -x; exit 2", 2),
            ("kill -9 $(sh -c 'echo $PPID')", 137), ("cat <<E\nunfinished", 0), ("# only a comment \\", 0),
            ("nonsense_command_xyz", 127), ("set -u; echo $UNSET_XYZ", 2), ("cd /; exit 3 # \u{e9}", 3),
        ])
    func endings(script: String, status: UInt8) throws {
        #expect(try run(script).outcome == .exited(status))
    }

    @Test("a syntax error is a failure like any other", arguments: ["if", "echo 'open", "(", "}", "a=(", "echo \"$("])
    func syntaxErrors(script: String) throws {
        let ending = try run(script)
        #expect(ending.outcome != .exited(0))
        #expect(ending.outcome != .unknown)
    }

    @Test("a script that kills the reporting shell proves nothing")
    func killed() throws {
        #expect(try run("kill -9 $$").outcome == .unknown)
    }

    @Test("a script cannot find the nonce in its arguments, variables, trace or process list")
    func fakes() throws {
        let ending = try run(
            """
            set; set -x; echo "$@" $0 "$*"; cat /proc/$$/cmdline /proc/self/environ; ps -ef >&2; ps -ef
            for f in /proc/[0-9]*/cmdline; do cat $f; done 2>/dev/null; exit 3
            """)
        #expect(ending.outcome == .exited(3))
    }

    @Test("any bytes on both outputs come back exactly", arguments: 0..<25 as Range<UInt64>)
    func bytes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let nasty = Array("\0\n\r'\"\\$`!:0123abcdef".utf8)
        func octal(_ bytes: [UInt8]) -> String {
            bytes.map { byte in
                let digits = String(byte, radix: 8)
                return "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            }.joined()
        }
        let out = random.bytes(Int.random(in: 0..<200, using: &random), favouring: nasty)
        let err = random.bytes(Int.random(in: 0..<200, using: &random), favouring: nasty)
        let status = UInt8.random(in: 0...255, using: &random)
        let ending = try run("printf '\(octal(out))'\nprintf '\(octal(err))' >&2; exit \(status)")
        #expect(ending.stdout == out)
        #expect(ending.stderr == err)
        #expect(ending.outcome == .exited(status))
    }

    @Test("any script text arrives as it is", arguments: 0..<25 as Range<UInt64>)
    func text(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = Array("'\"\\$`!*?[]{}()<>|&;#~ \n\t%é€".unicodeScalars)
        let text = String(
            String.UnicodeScalarView((0..<60).map { _ in letters.randomElement(using: &random) ?? "x" }))
        for shell in ["/bin/sh", "/bin/bash"] {
            let ending = try run("printf %s \(text.shellQuoted)", shell: shell)
            #expect(String(decoding: ending.stdout, as: UTF8.self) == text)
            #expect(ending.outcome == .exited(0))
        }
    }

    @Test("input reaches the script, and an empty one is the end of the file")
    func input() throws {
        #expect(try run("cat", input: "a\nb").stdout == Array("a\nb".utf8))
        #expect(try run("cat; echo done").stdout == Array("done\n".utf8))
    }

    @Test("a long script travels on standard input, before the command's own input")
    func long() throws {
        let script = "# \(String(repeating: "x", count: 60_000))\ncat; echo $#; exit 6"
        let ending = try run(script, input: "own input\n")
        #expect(ending.outcome == .exited(6))
        #expect(ending.stdout == Array("own input\n0\n".utf8))
    }

    @Test("a long script that was cut short does not run")
    func cutShort() throws {
        let nonce = EnvelopeNonce()
        let script = "touch ran # \(String(repeating: "x", count: 60_000))"
        let envelope = CommandEnvelope(script: script, sudo: nil, nonce: nonce)
        try directory.write("in", String(decoding: envelope.inputPrefix.dropLast(10), as: UTF8.self))
        let redirected = #"cd "$1"; exec /bin/sh -c "$2" <in >out 2>err"#
        try ChildProcess(["/bin/sh", "-c", redirected, "sh", directory.path, envelope.request]).wait()
        #expect(try ChildProcess(["/usr/bin/test", "-e", directory.file("ran")]).wait() == 1)
    }

    @Test("what a login shell's start-up file prints is not the command's output")
    func startupNoise() throws {
        let ending = try run("echo hi; echo ho >&2", prefix: "echo welcome; echo motd >&2; ")
        #expect(ending.stdout == Array("hi\n".utf8))
        #expect(ending.stderr == Array("ho\n".utf8))
    }

    @Test("the locale is the same on every node, and the script has no arguments of ours")
    func surroundings() throws {
        #expect(try run("echo $LC_ALL $# $0").stdout == Array("C.UTF-8 0 sh\n".utf8))
    }

    @Test("messages are English and the system's tools come first, whatever the login shell sets")
    func language() throws {
        let script = "flock --nonsense; echo ${LANGUAGE-unset}; env | grep -c ^LANGUAGE; echo $PATH"
        let ending = try run(script, prefix: "export LANGUAGE=es LC_ALL=es_ES.UTF-8 PATH=/opt/bin:.; ")
        #expect(
            String(decoding: ending.stdout, as: UTF8.self)
                == "unset\n0\n/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin:.\n")
        #expect(String(decoding: ending.stderr, as: UTF8.self).contains("unrecognized option"))
        #expect(try run("echo $PATH", prefix: "unset PATH; ").stdout.last != UInt8(ascii: ":"))
    }

    @Test(
        "a script begins only with the line that says so",
        arguments: ["echo ran", String(repeating: ":\n", count: 20_000)])
    func guarded(script: String) throws {
        let nonce = EnvelopeNonce()
        let envelope = CommandEnvelope(script: "touch ran\n" + script, sudo: nil, nonce: nonce)
        #expect(envelope.inputPrefix.first == UInt8(ascii: "\n"))
        try directory.write("in", "")
        let redirected = #"cd "$1"; exec /bin/sh -c "$2" <in >out 2>err"#
        let status = try ChildProcess([
            "/bin/sh", "-c", redirected, "sh", directory.path, envelope.request,
        ]).wait()
        #expect(status == 125)
        #expect(try ChildProcess(["/usr/bin/test", "-e", directory.file("ran")]).wait() == 1)
    }

    @Test("under sudo the same reports come back, and a refusal leaves none")
    func sudo() throws {
        try directory.write("sudo", "#!/bin/sh\n[ \"$1 $2\" = '-n --' ] || exit 9\nshift 2\nexec \"$@\"\n", mode: 0o700)
        let path = "PATH=\(directory.path):$PATH; "
        #expect(try run("exit 5", sudo: .all, prefix: path).outcome == .exited(5))
        try directory.write("sudo", "#!/bin/sh\necho 'sudo: a password is required' >&2; exit 1\n", mode: 0o700)
        #expect(try run("exit 5", sudo: .all, prefix: path).outcome == .unknown)
    }
}
