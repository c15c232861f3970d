import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// The scripts run on a folder in place of `/etc`, `/run` and `/proc`, with a `systemctl` that reads the drop-ins there.
@Suite("oom.guard")
final class OOMGuardTests {
    private let root = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
    private let action: OOMGuard

    init() throws {
        action = try make(OOMGuard.self)
        let made = try shell(
            "mkdir -p \(root.path)/etc/systemd/system \(root.path)/run \(root.path)/proc \(root.path)/state")
        #expect(made.code == 0)
    }

    deinit { try? FileManager.default.removeItem(at: root) }

    /// Says of a unit what its drop-ins say, once they were read: the last one in order wins.
    ///
    /// Units are loaded where `$R/main/UNIT` has their main process.
    private var stubs: String {
        """
        R=\(root.path); HARUN_STATE=$R/state
        systemctl() {
            case $1 in
            daemon-reload) rm -rf "$R/read"; cp -r "$R/etc/systemd/system" "$R/read";;
            show)
                shift 2
                for name; do
                    load=not-found; main=0; stale=no; adjust=0
                    [ ! -e "$R/main/$name" ] || { load=loaded; main=$(cat "$R/main/$name"); }
                    for f in "$R/read/$name.d"/*.conf; do
                        [ ! -e "$f" ] || while read -r l; do case $l in OOMScoreAdjust=*) adjust=${l#*=};; esac; done <"$f"
                    done
                    diff -r "$R/etc/systemd/system/$name.d" "$R/read/$name.d" >/dev/null 2>&1 ||
                        [ ! -e "$R/etc/systemd/system/$name.d" ] || stale=yes
                    printf 'Id=%s\\nLoadState=%s\\nMainPID=%s\\nOOMScoreAdjust=%s\\nNeedDaemonReload=%s\\n\\n' \\
                        "$name" "$load" "$main" "$adjust" "$stale"
                done;;
            esac
        }
        """
    }

    @discardableResult
    private func run(_ script: Script?) throws -> (code: UInt8, output: String) {
        var text = try #require(script).text
        for place in ["/etc/systemd/", "/run/harun", "/proc/["] {
            text = text.replacing(place, with: "\(root.path)\(place)")
        }
        return try shell("\(stubs)\n\(text)")
    }

    /// Starts a process that is nothing but its files, as the kernel would tell of it.
    private func start(_ pid: Int, _ name: String, parent: Int, score: Int = 0, at moment: Int = 500) throws {
        let fields = Array(repeating: "0", count: 17).joined(separator: " ")
        let made = try shell(
            """
            d=\(root.path)/proc/\(pid); mkdir -p $d; echo '\(name)' >$d/comm; echo \(score) >$d/oom_score_adj
            echo '\(pid) (\(name)) S \(parent) \(fields) \(moment) 0 0' >$d/stat
            """)
        #expect(made.code == 0, "\(made.output)")
    }

    private func load(_ unit: String, main: Int) throws {
        let made = try shell("mkdir -p \(root.path)/main; echo \(main) >\(root.path)/main/\(unit)")
        #expect(made.code == 0)
    }

    private func score(_ pid: Int) -> String {
        (try? String(contentsOf: root.appending(path: "proc/\(pid)/oom_score_adj"), encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines) ?? "none"
    }

    private func put(_ path: String, _ text: String) throws {
        let file = root.appending(path: "etc/systemd/system/\(path)")
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    private func files() throws -> String {
        try shell("cd \(root.path)/etc && find . -type f -exec grep -H . {} + | LC_ALL=C sort; find . -type d | sort")
            .output
    }

    /// A cluster as it runs, with an agent's child, a user's own program and a container's corosync beside it.
    private func cluster() throws {
        try load("corosync.service", main: 10)
        try load("sbd.service", main: 20)
        try load("pacemaker.service", main: 30)
        try start(10, "corosync", parent: 1)
        try start(20, "sbd", parent: 1)
        try start(21, "sbd", parent: 20)
        try start(30, "pacemakerd", parent: 1)
        try start(31, "pacemaker-execd", parent: 30, score: 9)
        try start(32, "pacemaker-attrd", parent: 30, score: -500)
        try start(40, "mysqld", parent: 31)
        try start(41, "pacemaker helper", parent: 31)
        try start(42, "corosync", parent: 999)
        try start(43, "sbd) S 20 0", parent: 1)
    }

    @Test("on a bare node the drop-ins wait for the packages, and go again with their folders")
    func bare() throws {
        let before = try files()
        let bare = try run(action.probe("n"))
        #expect(bare.code == ScriptPrelude.needed)
        #expect(bare.output.contains("killing corosync.service sbd.service pacemaker.service when memory runs out"))
        for _ in 1...2 { #expect(try run(action.apply("n", [:])).code == 0) }
        let found = try run(action.probe("n"))
        #expect(found.code == ScriptPrelude.satisfied, "\(found.output)")
        let text = try files()
        #expect(text.contains("corosync.service.d/00-harun-oom.conf:OOMScoreAdjust=-1000"))
        #expect(text.contains("sbd.service.d/00-harun-oom.conf:OOMScoreAdjust=-1000"))
        #expect(text.contains("pacemaker.service.d/00-harun-oom.conf:OOMScoreAdjust=-100\n"))
        #expect(text.contains("pacemaker.service.d/00-harun-oom.conf:OOMPolicy=continue"))
        #expect(!text.contains(".harun\n"))
        #expect(try run(action.undo("n")).code == 0)
        #expect(try files() == before)
    }

    @Test("what runs is guarded at once: the daemons, and nothing that they started")
    func running() throws {
        try cluster()
        #expect(try run(action.apply("n", [:])).code == 0)
        #expect([10, 20, 21, 30, 31, 32].map(score) == ["-1000", "-1000", "-1000", "-100", "-100", "-500"])
        #expect([40, 41, 42, 43].map(score) == ["0", "0", "0", "0"])
        #expect(try run(action.probe("n")).code == ScriptPrelude.satisfied)
        // Somebody starts one by hand, or sets it.
        try start(21, "sbd", parent: 20)
        let exposed = try run(action.probe("n"))
        #expect(exposed.code == ScriptPrelude.needed)
        #expect(exposed.output.contains("process 21 of sbd.service has the score 0"), "\(exposed.output)")
    }

    @Test("the undo gives each process the score it had, and one that started since what its unit says now")
    func undo() throws {
        try cluster()
        try put("corosync.service.d/mine.conf", "[Service]\nOOMScoreAdjust=-17\n")
        _ = try run(Script("systemctl daemon-reload"))
        let before = try files()
        #expect(try run(action.apply("n", [:])).code == 0)
        // Another corosync by the same number, a daemon that is gone, and a score that somebody set since.
        try start(10, "corosync", parent: 1, score: -1000, at: 900)
        _ = try shell("rm -r \(root.path)/proc/21")
        try start(32, "pacemaker-attrd", parent: 30, score: -300)
        let back = try run(action.undo("n"))
        #expect(back.code == 0, "\(back.output)")
        #expect([10, 20, 30, 31, 32].map(score) == ["-17", "0", "0", "9", "-300"])
        #expect(try files() == before)
    }

    @Test("an administrator's own drop-in wins, and one that takes the guard away is named")
    func overruled() throws {
        try cluster()
        try put("pacemaker.service.d/10-mine.conf", "[Service]\nOOMScoreAdjust=-900\n")
        #expect(try run(action.apply("n", [:])).code == 0)
        #expect(try run(action.probe("n")).code == ScriptPrelude.satisfied)
        try put("corosync.service.d/10-mine.conf", "[Service]\nOOMScoreAdjust=0\n")
        let unread = try run(action.probe("n"))
        #expect(unread.code == ScriptPrelude.needed)
        #expect(unread.output.contains("systemd has not read"))
        _ = try run(Script("systemctl daemon-reload"))
        let found = try run(action.probe("n"))
        #expect(found.code == ScriptPrelude.refused)
        #expect(found.output.contains("type here: systemctl cat corosync.service"), "\(found.output)")
    }

    @Test("what somebody changed since is not taken back, and nothing is written through a link")
    func refusals() throws {
        #expect(try run(action.apply("n", [:])).code == 0)
        try put("sbd.service.d/00-harun-oom.conf", "[Service]\nOOMScoreAdjust=-1\n")
        let changed = try files()
        #expect(try run(action.undo("n")).code == ScriptPrelude.refused)
        #expect(try files() == changed)
        let other = try run(action.probe("n"))
        #expect(other.code == ScriptPrelude.needed && other.output.contains("has other content"))
        _ = try shell(
            "cd \(root.path)/etc/systemd/system/sbd.service.d && mv 00-harun-oom.conf x && ln -s x 00-harun-oom.conf")
        #expect(try run(action.probe("n")).code == ScriptPrelude.refused)
        #expect(try run(action.apply("n", [:])).code == ScriptPrelude.refused)
    }

    @Test("a probe that systemd does not answer has failed")
    func silent() throws {
        let text = action.probe("n").text
        #expect(try shell("systemctl() { return 1; }\n\(text)").code == 1)
    }

    @Test("takes no settings, and its scripts stay as they are")
    func golden() throws {
        #expect(read(OOMGuard.self, ["score": .integer(1)]).action == nil)
        try GoldenScripts.expect(action)
    }
}
