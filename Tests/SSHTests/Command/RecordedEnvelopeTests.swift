import TestSupport
import Testing
import Transport

@testable import SSH

/// The request for the program that records, with that program itself and a `sudo` that lets everybody pass.
@Suite("the recorded envelope in a shell")
struct RecordedEnvelopeTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        let text = String(decoding: TemporaryDirectory.content(of: HostOfItsOwn.wrapper), as: UTF8.self)
        let own = text.replacing("records=/var/log/harun", with: "records=\(directory.file("log/harun"))")
            .replacing("timeout 10 logger", with: "true logger")
        #expect(own != text)
        try directory.write("harun-root", own, mode: 0o700)
        try directory.write(
            "sudo",
            """
            #!/bin/sh
            [ "$1 $2 $3" = '-n -- /usr/local/sbin/harun-root' ] || exit 9
            shift 3; exec \(directory.file("harun-root")) "$@"

            """, mode: 0o700)
    }

    private func run(
        _ script: String, input: String = "", dropping cut: Int = 0, shell: String = "/bin/sh"
    ) throws -> (reader: EnvelopeReader, outcome: Outcome, stdout: [UInt8], stderr: [UInt8]) {
        let nonce = EnvelopeNonce()
        let envelope = CommandEnvelope(script: script, sudo: .wrapper, nonce: nonce)
        try directory.write("in", String(decoding: envelope.inputPrefix.dropLast(cut), as: UTF8.self) + input)
        let redirected = #"cd "$1"; PATH="$1:$PATH" exec "$2" -c "$3" <in >out 2>err"#
        try ChildProcess(["/bin/sh", "-c", redirected, "sh", directory.path, shell, envelope.request]).wait()
        var reader = EnvelopeReader(nonce: nonce)
        var stdout = directory.read("out").withUnsafeBytes { reader.consume($0, of: .stdout) }
        stdout += reader.finish(.stdout)
        var stderr = directory.read("err").withUnsafeBytes { reader.consume($0, of: .stderr) }
        stderr += reader.finish(.stderr)
        return (reader, reader.outcome(signal: nil), stdout, stderr)
    }

    @Test("the request holds neither the script nor the nonce, and the script is all that goes ahead of the input")
    func request() {
        let nonce = EnvelopeNonce(1, 2)
        let envelope = CommandEnvelope(script: "echo é", sudo: .wrapper, nonce: nonce)
        #expect(
            envelope.request == """
                exec env LC_ALL=C.UTF-8 LANGUAGE= sudo -n -- /usr/local/sbin/harun-root 1 0000000000000001 \
                0000000000000002 7 8195aceae33fa784d17bdd87df00431b0d060c658745639f1bbf25332ed5922b
                """)
        #expect(envelope.inputPrefix == Array("\necho é".utf8))
    }

    @Test(
        "every way to end a script is reported as ever",
        arguments: [
            ("exit 7", 7), ("true", 0), ("", 0), ("false", 1), ("set -e; false; exit 3", 1), ("exec sh -c 'exit 9'", 9),
            ("exit 255", 255), ("trap 'exit 5' EXIT; true", 5), ("exec >&- 2>&-; exit 6", 6), ("(exit 8)", 8),
            ("set -x; exit 2", 2), ("kill -9 $(sh -c 'echo $PPID')", 137), ("cat <<E\nunfinished", 0),
            ("# only a comment \\", 0), ("nonsense_command_xyz", 127), ("set -u; echo $UNSET_XYZ", 2),
            ("exit 3\n\n", 3), ("report 0; refuse no", 127), ("echo \"$first$second$sum$script\"; exit 4", 4),
        ])
    func endings(script: String, status: UInt8) throws {
        #expect(try run(script).outcome == .exited(status))
    }

    @Test("a script has the same surroundings as ever")
    func surroundings() throws {
        let ending = try run("echo $LC_ALL $#; umask; echo ${LANGUAGE-unset}; cat; set | grep -c harun/", input: "own")
        #expect(String(decoding: ending.stdout, as: UTF8.self).hasPrefix("C.UTF-8 0\n0022\nunset\nown0\n"))
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

    @Test("any script text arrives and is recorded as it is", arguments: 0..<10 as Range<UInt64>)
    func text(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let letters = Array("'\"\\$`!*?[]{}()<>|&;#~ \n\t%é€\r\u{1}".unicodeScalars)
        let length = seed % 3 == 2 ? 60_000 : 60
        let text = String(
            String.UnicodeScalarView((0..<length).map { _ in letters.randomElement(using: &random) ?? "x" }))
        for shell in ["/bin/sh", "/usr/bin/fish", "/usr/bin/tcsh"] {
            let script = "printf %s \(text.shellQuoted)\n\n"
            let ending = try run(script, shell: shell)
            #expect(String(decoding: ending.stdout, as: UTF8.self) == text)
            #expect(ending.outcome == .exited(0))
            let same = #"for f in "$1"/log/harun/*/*.sh; do printf %s "$2" | cmp -s - "$f" && exit; done; exit 1"#
            if length < 1000 { try ChildProcess.run(["/bin/sh", "-c", same, "sh", directory.path, script]) }
        }
    }

    @Test("a script that was cut short neither runs nor is recorded")
    func cutShort() throws {
        let ending = try run("touch ran; echo ran", dropping: 4)
        #expect(ending.reader.wasNotRecorded)
        #expect(ending.outcome == .unknown)
        #expect(String(decoding: ending.stderr, as: UTF8.self).contains("not what was announced"))
        #expect(try ChildProcess(["/usr/bin/test", "-e", directory.file("ran")]).wait() == 1)
        try ChildProcess.run(["/bin/sh", "-c", #"[ -z "$(find "$1" -type f)" ]"#, "sh", directory.file("log")])
    }

    @Test("a full disk runs nothing")
    func full() throws {
        // A size that ends within the script.
        let script = "touch ran; # \(String(repeating: "x", count: 20_000))"
        try directory.write("limit", "#!/bin/sh\nulimit -f 1\ntrap '' XFSZ\nexec \"$0.real\" \"$@\"\n", mode: 0o700)
        try ChildProcess.run([
            "/bin/sh", "-c", #"cd "$1" && mv harun-root harun-root.real && mv limit harun-root"#, "sh", directory.path,
        ])
        let ending = try run(script)
        #expect(ending.reader.wasNotRecorded)
        #expect(String(decoding: ending.stderr, as: UTF8.self).contains("cannot write to"))
        #expect(try ChildProcess(["/usr/bin/test", "-e", directory.file("ran")]).wait() == 1)
    }
}
