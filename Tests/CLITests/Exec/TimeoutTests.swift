import Foundation
import Journaling
import TestSupport
import Testing

/// A timeout over a real sshd, as a user meets it.
@Suite("A timeout over sshd")
struct TimeoutTests {
    /// What takes too long, with a number of seconds that nobody else sleeps for.
    private enum Work: String, CaseIterable {
        case plain = "sleep NAP"
        case ignoresTerm = "trap '' TERM; sleep NAP; sleep NAP"
        case leftTheSession = "setsid sleep NAP & wait"
    }

    private func runbook(_ program: Program, root: String, _ work: String, timeout: String = "3s") throws {
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
            class = "once"
            timeout = "\(timeout)"
            probe = "test -e \(root)/a"
            apply = \"\"\"
            echo a >>\(root)/log; : >\(root)/started
            \(work)
            : >\(root)/a
            \"\"\"
            undo = "echo undo-a >>\(root)/log"

            """)
    }

    private func runs(_ nap: Int) -> Bool {
        let wanted = Array("sleep\u{0}\(nap)\u{0}".utf8)
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.contains { TemporaryDirectory.content(of: "/proc/\($0)/cmdline").starts(with: wanted) }
    }

    @Test(
        "ends the work at that time, and is a failure that is taken back: exit code 2, nothing repeated",
        arguments: [false, true], Work.allCases)
    private func ends(asUser: Bool, work: Work) throws {
        let user = asUser ? try TestUser(sudo: "ALL=(ALL) NOPASSWD: ALL") : nil
        let node = try LoopbackNode(user: user)
        let program = try Program()
        try program.write("inventory.toml", node.inventory)
        let nap = Int.random(in: 100_000...999_999)
        try runbook(program, root: node.root, work.rawValue.replacingOccurrences(of: "NAP", with: "\(nap)"))
        let began = ContinuousClock.now
        let result = try program.run("run", "late", "inventory.toml", "--yes", "--output", "plain")
        let took = ContinuousClock.now - began
        #expect(result.code == 2, "\(result.out)\(result.err)")
        #expect(
            (result.out + result.err).contains(
                "its time was over: it was ended after 3 s, and nothing of it runs any more"),
            "\(result.out)\(result.err)")
        #expect(took > .seconds(3) && took < .seconds(120), "\(took)")
        #expect(node.lines("log") == ["a", "undo-a"])
        #expect(!runs(nap))
    }

    @Test("ends the work where harun was killed; who resumes the run is told, and nothing is repeated")
    func killed() throws {
        let node = try LoopbackNode()
        let program = try Program()
        try program.write("inventory.toml", node.inventory)
        let nap = Int.random(in: 100_000...999_999)
        try runbook(program, root: node.root, "sleep \(nap)")
        let running = try program.start("run", "late", "inventory.toml", "--yes", "--output", "plain")
        #expect(node.waits(for: "started"), "\(running.err)")
        running.signal(SIGKILL)
        _ = running.wait()
        let deadline = ContinuousClock.now + .seconds(60)
        while runs(nap), ContinuousClock.now < deadline { usleep(20_000) }
        #expect(!runs(nap), "the node ended it by itself")
        let id = try #require(
            try program.run("runs", "--output", "json").out.firstMatch(of: /"id":"([^"]+)"/)
        ).output.1
        let resumed = try program.run("resume", String(id), "--yes", "--output", "plain")
        #expect(resumed.code == 2, "\(resumed.out)\(resumed.err)")
        #expect((resumed.out + resumed.err).contains("its time was over: it was ended after 3 s"), "\(resumed.err)")
        #expect(node.lines("log") == ["a", "undo-a"])
    }
}
