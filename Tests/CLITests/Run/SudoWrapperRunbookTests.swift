import Foundation
import TestSupport
import Testing
import Transport

/// `harun run sudo-wrapper` on a real host with a real sudo, as its operator goes on with it.
@Suite("the runbook of the one program that sudo allows")
struct SudoWrapperRunbookTests {
    private let program: Program
    private let host: HostOfItsOwn

    init() throws {
        program = try Program()
        host = try HostOfItsOwn()
        try host.allow("ALL", file: "harun")
    }

    private func inventory(_ way: SudoWay) throws {
        try program.write(
            "inventory.toml",
            """
            [ssh]
            user = "\(host.user.name)"
            sudo = "\(way.rawValue)"
            port = \(host.server.port)
            identity = "\(host.server.identity)"
            known_hosts = "\(host.server.directory.file("known_hosts"))"
            [[node]]
            name = "web1"
            address = "\(host.server.address)"

            """)
    }

    private func mode(_ path: String) -> UInt32? {
        var status = stat()
        return stat(host.path(path), &status) == 0 && status.st_uid == 0 ? status.st_mode & 0o7777 : nil
    }

    private func install() throws -> (code: Int32, out: String, err: String) {
        try program.run("run", "sudo-wrapper", "inventory.toml", "--yes", "--output", "plain")
    }

    @Test("installs, is true the second time, and carries everything once the older rule is gone")
    func whole() throws {
        try inventory(.all)
        let first = try install()
        #expect(first.code == 0, "\(first.out)\(first.err)")
        #expect(host.text("usr/local/sbin/harun-root") == text(HostOfItsOwn.wrapper))
        #expect(mode("usr/local/sbin/harun-root") == 0o755)
        #expect(mode("etc/sudoers.d/harun-root") == 0o440)
        #expect(
            host.text("etc/sudoers.d/harun-root").split(separator: "\n").dropFirst().elementsEqual([
                "Defaults!/usr/local/sbin/harun-root env_keep += \"SSH_CONNECTION\"",
                "\(host.user.name) ALL=(root) NOPASSWD: /usr/local/sbin/harun-root",
            ]))
        let second = try install()
        #expect(
            second.code == 0 && (second.out + second.err).contains("done: 0 changed, 1 already true"),
            "\(second.out)\(second.err)")

        try inventory(.wrapper)
        let removal = try program.run("exec", "inventory.toml", "--", "rm /etc/sudoers.d/harun; id -u")
        #expect(removal.code == 0 && removal.out.contains("0"), "\(removal.out)\(removal.err)")
        let third = try install()
        #expect(
            third.code == 0 && (third.out + third.err).contains("done: 0 changed, 1 already true"),
            "\(third.out)\(third.err)")
        let days = try FileManager.default.contentsOfDirectory(atPath: host.path("var/log/harun"))
        let log = days.map { host.text("var/log/harun/\($0)/log") }.joined()
        #expect(log.contains(" user=\(host.user.name) ") && log.contains(" from=127.0.0.1 "))

        let run = try Program.runName(in: first.out + first.err)
        // It would come as that run did, by the rule that is gone.
        let kept = try program.run("rollback", run, "--yes", "--output", "plain")
        #expect(kept.code == 1 && kept.err.contains("nothing was changed on any node"), "\(kept.out)\(kept.err)")
        #expect(mode("usr/local/sbin/harun-root") == 0o755)
        #expect(mode("etc/sudoers.d/harun-root") == 0o440)
    }

    @Test("is taken back by who may run all")
    func rollback() throws {
        try inventory(.all)
        let first = try install()
        let run = try Program.runName(in: first.out + first.err)
        let back = try program.run("rollback", run, "--yes", "--output", "plain")
        #expect(back.code == 0, "\(back.out)\(back.err)")
        #expect(mode("usr/local/sbin/harun-root") == nil)
        #expect(mode("etc/sudoers.d/harun-root") == nil)
        #expect(mode("etc/sudoers.d/harun") == 0o440)
    }

    @Test("a step whose time is over is ended with all that it started, and taken back, through the program")
    func late() throws {
        try host.installWrapper()
        try inventory(.wrapper)
        let nap = Int.random(in: 100_000...999_999)
        try program.write(
            "late/runbook.toml",
            """
            [runbook]
            name = "late"
            [[stage]]
            name = "one"
            [[stage.step]]
            id = "a"
            action = "shell"
            [stage.step.with]
            timeout = "3s"
            probe = "test -e /var/lib/done"
            apply = "trap '' TERM; setsid sleep \(nap) & sleep \(nap)"
            undo = "touch /var/lib/undone"

            """)
        let result = try program.run("run", "late", "inventory.toml", "--yes", "--output", "plain")
        #expect(result.code == 2, "\(result.out)\(result.err)")
        #expect(
            (result.out + result.err).contains(
                "its time was over: it was ended after 3 s, and nothing of it runs any more"),
            "\(result.out)\(result.err)")
        #expect(mode("var/lib/undone") != nil)
        let wanted = Array("sleep\u{0}\(nap)\u{0}".utf8)
        let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc")
        #expect(!processes.contains { TemporaryDirectory.content(of: "/proc/\($0)/cmdline").starts(with: wanted) })
    }

    @Test("without the program and the rule, the error says what to type, and nothing of ALL")
    func missing() throws {
        try inventory(.wrapper)
        let result = try program.run("exec", "inventory.toml", "--", "touch /ran")
        #expect(result.code == 1)
        #expect(result.err.contains("cannot become root through /usr/local/sbin/harun-root"), "\(result.err)")
        #expect(result.err.contains("harun run sudo-wrapper inventory.toml"), "\(result.err)")
        #expect(!result.err.contains("NOPASSWD: ALL"), "\(result.err)")
    }

    @Test("what cannot be recorded is a node that was not reached")
    func unrecorded() throws {
        try host.installWrapper()
        try host.write("var/log/harun", "in the way")
        try inventory(.wrapper)
        let result = try program.run("exec", "inventory.toml", "--", "touch /ran")
        #expect(result.code == 1)
        #expect(result.err.contains("nothing of it ran"), "\(result.out)\(result.err)")
    }

    private func text(_ path: String) -> String {
        String(decoding: TemporaryDirectory.content(of: path), as: UTF8.self)
    }
}
