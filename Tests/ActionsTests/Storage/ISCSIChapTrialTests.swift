import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// Whether there is a target for these tests; where `HARUN_REQUIRE_TOOLS` is set there must be one.
private let hasTarget =
    geteuid() == 0
    && (ProcessInfo.processInfo.environment["HARUN_REQUIRE_TOOLS"] == "1"
        || FileManager.default.isExecutableFile(atPath: "/usr/sbin/tgtd"))

/// A login that ends before a session comes of it, at the target of Debian's `tgt` in a network of its own.
@Suite("CHAP is tried at the target before a record has it", .enabled(if: hasTarget))
struct ISCSIChapTrialTests {
    private static let password = "canary-of-a-secret"

    /// Runs with `try_login` beside a target `iqn.x:a` that takes only `harun` with that password; `target COMMAND…` is
    /// `tgtadm`, and `attempt WORD…` prints the trial's answer.
    private func run(_ script: String, words: String = ISCSIChapTrial.words) throws -> (code: UInt8, output: String) {
        try Tool.withFolder { folder in
            let result = try shell(
                """
                cd \(folder.path.shellQuoted)
                unshare -n sh -s <<'OUTER'
                \(ScriptPrelude.text)
                \(words)
                ip link set lo up
                export TGT_IPC_SOCKET="$PWD/socket"
                tgtd -f --iscsi portal=127.0.0.1:3260,portal=[::1]:3260 >tgtd.log 2>&1 & daemon=$!
                trap 'kill -9 $daemon' EXIT
                target() { tgtadm --lld iscsi "$@"; }
                tries=0
                until target --op show --mode sys >/dev/null 2>&1; do
                    tries=$((tries + 1)); [ $tries -lt 200 ] || { cat tgtd.log; exit 1; }
                    sleep 0.05
                done
                target --op new --mode target --tid 1 -T iqn.x:a
                target --op bind --mode target --tid 1 -I ALL
                target --op new --mode account --user harun --password \(Self.password)
                target --op bind --mode account --tid 1 --user harun
                host=127.0.0.1; port=3260; target=iqn.x:a; initiator=iqn.i:nodo1
                attempt() { printf '%s\\n' "$1" | try_login "$2" "${3:-MD5}"; }
                \(script)
                OUTER
                """)
            return result
        }
    }

    private func answers(_ script: String) throws -> [String] {
        try run(script).output.split(separator: "\n").map(String.init)
    }

    @Test("the right user and password are accepted, by IPv4 and IPv6, whatever comes first in the record's list")
    func accepted() throws {
        let lines = try answers(
            """
            attempt \(Self.password) harun
            attempt \(Self.password) harun ''
            attempt \(Self.password) harun 'SHA3-256,MD5'
            host=::1; attempt \(Self.password) harun
            """)
        #expect(lines == Array(repeating: "accepted", count: 4))
    }

    @Test("what the target refuses is named, and what cannot be judged is neither")
    func refused() throws {
        let lines = try answers(
            """
            attempt wrong harun
            attempt '' harun
            attempt \(Self.password) other
            (target=iqn.x:b; attempt \(Self.password) harun)
            port=3261; attempt \(Self.password) harun
            host=nas; attempt \(Self.password) harun
            """)
        let wrong = "refused the CHAP user or password is wrong"
        #expect(
            lines == [
                wrong, wrong, wrong, "refused there is no target iqn.x:b",
                "unknown the portal does not answer: Connection refused", "unknown nas is no address",
            ])
    }

    @Test("a target that asks for nothing accepts, and no session is left behind")
    func open() throws {
        let lines = try answers(
            """
            target --op unbind --mode account --tid 1 --user harun
            attempt whatever harun
            target --op show --mode conn --tid 1
            """)
        #expect(lines == ["accepted it asks for no password"])
    }

    @Test("the record of a session that stands is left alone until the target takes the new password")
    func prove() throws {
        let chap = ISCSIChap(user: "harun", password: .env("X"))
        let words = """
            record=record
            find_session() { :; }
            find_record() { :; }
            prove() {
                \(chap.prove)
            }
            """
        let result = try run(
            """
            echo 'node.session.auth.chap_algs = MD5' >record
            for password in wrong \(Self.password); do echo "$password" | (prove; echo 'it goes on'); done
            """, words: words)
        let lines = result.output.split(separator: "\n")
        #expect(
            lines == [
                "note the session and its record stay as they are: a login with the new user and password failed: "
                    + "the CHAP user or password is wrong", "it goes on",
            ])
    }

    @Test("a record that the target no longer takes is said before the next boot has no disk")
    func check() throws {
        let chap = ISCSIChap(user: "harun", password: .env("X"))
        let words = "find_record() { :; }\n\(ISCSIChapTrial.words)\ncheck() {\n\(chap.check)\nsatisfied\n}"
        let result = try run(
            """
            record=record method=CHAP user=harun algorithms=MD5
            for password in \(Self.password) old; do
                echo "node.session.auth.password = $password" >record
                (check); echo "code $?"
            done
            """, words: words)
        let lines = result.output.split(separator: "\n").filter { !$0.hasPrefix("secret ") }
        #expect(
            lines == [
                "fact login accepted", "code 0", "fact login refused the CHAP user or password is wrong",
                "note the login at the next boot would fail: the CHAP user or password is wrong", "code 10",
            ])
    }
}
