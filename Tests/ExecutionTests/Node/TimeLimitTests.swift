import Actions
import Foundation
import Journaling
import Planning
import Steps
import TestSupport
import Testing
import Transport

@testable import Execution

/// The node ends what takes too long, whoever listens, and that is a plain failure.
@Suite("A timeout")
struct TimeLimitTests {
    private func scene(_ apply: String, isLong: Bool = false, more: String = "class = \"once\"", undo: String? = nil)
        throws -> Scene
    {
        var step = TOML.step("a", apply: apply, undo: undo, isLong: isLong)
        step = step.replacing("timeout = \"10m\"\n", with: "") + "timeout = \"1s\"\n\(more)\n"
        return try Scene(TOML.runbook(("one", [step])), nodes: ["n1"])
    }

    /// Whether a program with these arguments runs anywhere.
    private func runs(_ arguments: String) -> Bool {
        let wanted = Array(arguments.replacing(" ", with: "\0").utf8)
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.contains { TemporaryDirectory.content(of: "/proc/\($0)/cmdline").starts(with: wanted) }
    }

    /// A number of seconds that no other process sleeps for.
    private var unique: Int { Int.random(in: 100_000...999_999) }

    @Test(
        "ends the work on the node at that time; it is begun once, and its stage is taken back",
        arguments: [false, true])
    func ends(isLong: Bool) async throws {
        let nap = unique
        let scene = try scene(
            "mkdir -p \"$HARUN_STATE/pre\"; echo old >\"$HARUN_STATE/pre/conf\"; echo a >>\"$NODE_ROOT/log\"; echo working; sleep \(nap)",
            isLong: isLong)
        let ending = try await scene.run()
        #expect(ending.result == .rolledBack, "\(ending.failures)")
        #expect(ending.failures.first?.message == TimeLimit.message("1"))
        #expect(ending.failures.first?.output?.contains("working") == true)
        #expect(ending.failures.first?.preImages["conf"]?.count == 64)
        #expect(scene.log("n1") == ["a", "undo-a"])
        #expect(!runs("sleep \(nap)"))
        #expect(ending.lines(.intent).count == 1)
    }

    @Test(
        "ends what ignores TERM, and what left the group, as long as it keeps its environment",
        arguments: [false, true])
    func stubborn(isLong: Bool) async throws {
        let (one, two) = (unique, unique)
        let scene = try scene(
            "setsid sleep \(one) & sh -c 'trap \"\" TERM; sleep \(two); sleep \(two)' & : >\"$NODE_ROOT/a\"; wait",
            isLong: isLong)
        let ending = try await scene.run()
        #expect(ending.failures.first?.message == TimeLimit.message("1"))
        #expect(!runs("sleep \(one)") && !runs("sleep \(two)"))
    }

    @Test("does not outlive its work, although the watcher was deaf when it was told to go")
    func deafWatcher() throws {
        // On a busy machine a signal can come between the fork and the watcher's own trap, and is lost there.
        let deaf = TimeLimit.functions.replacing(
            "h_watcher() {\n", with: "h_watcher() {\ntrap '' TERM; sleep 0.5; trap - TERM\n")
        #expect(deaf != TimeLimit.functions)
        let folder = try TemporaryDirectory()
        let work = TimeLimit.work("exit 7", within: .seconds(300), ended: "rc=ended", stuck: "rc=stuck")
        let script = try folder.write("script", "UNIT=none; trap : TERM\n\(deaf)\n\(work)\necho \"it was $rc\"\n")
        let child = try ChildProcess(["/usr/bin/timeout", "30", "/bin/sh", script], log: folder.file("log"))
        _ = child.wait()
        let said = String(decoding: TemporaryDirectory.content(of: folder.file("log")), as: UTF8.self)
        #expect(said == "it was 7\n")
    }

    @Test("leaves work that ends in time, and what it left running, alone")
    func inTime() async throws {
        let nap = unique
        let scene = try scene("setsid sleep \(nap) >/dev/null 2>&1 & : >\"$NODE_ROOT/a\"")
        #expect(try await scene.run().result == .done)
        try await Task.sleep(for: .milliseconds(1500))
        #expect(runs("sleep \(nap)"))
        for process in SimulatedProcesses.processes(of: scene.fleet.root(of: "n1")) { kill(process, SIGKILL) }
    }

    @Test(
        "ends the work also where the connection is lost and harun is gone; the next one is told of it",
        arguments: [false, true])
    func nobodyListens(isLong: Bool) async throws {
        let scene = try scene("echo a >>\"$NODE_ROOT/log\"; sleep \(unique)", isLong: isLong)
        scene.fleet.plan(.cut, on: "n1", at: .script("echo a >>"))
        scene.fleet.onArrival { [fleet = scene.fleet] node, command in
            if command.script.contains("echo a >>") { fleet.makeUnreachable(node) }
        }
        #expect(try await scene.run().result == .unknown)
        scene.fleet.makeReachable("n1")
        scene.fleet.onArrival { _, _ in }
        let ending = try await scene.resume()
        #expect(ending.result == .rolledBack, "\(ending.failures)")
        #expect(ending.failures.first?.message.contains(TimeLimit.message("1")) == true)
        #expect(scene.log("n1") == ["a", "undo-a"])
    }

    @Test("over a connection that is lost in between, the run itself is told of it")
    func lostInBetween() async throws {
        let scene = try scene("echo a >>\"$NODE_ROOT/log\"; sleep \(unique)")
        scene.fleet.plan(.cut, on: "n1", at: .script("echo a >>"))
        let ending = try await scene.run()
        #expect(ending.result == .rolledBack, "\(ending.failures)")
        #expect(scene.log("n1") == ["a", "undo-a"])
    }

    @Test("of an undo is an undo that failed, and the others go on")
    func undo() async throws {
        let nap = unique
        let scene = try scene(": >\"$NODE_ROOT/a\"", undo: "sleep \(nap)")
        let run = scene.nextRun
        #expect(try await scene.run().result == .done)
        let ending = try await scene.rollBack(run)
        #expect(ending.result == .failed)
        #expect(ending.events.first { $0.event == .undoFailed }?.message == TimeLimit.message("1"))
        #expect(!runs("sleep \(nap)"))
    }

    @Test("of a probe is a failed look that names the limit, and the other probes are asked all the same")
    func probe() async throws {
        let folder = try TemporaryDirectory()
        let nap = unique
        let scripts = [
            Script("satisfied", timeout: .seconds(1)), Script("( sleep \(nap) ) >&2; needed no", timeout: .seconds(1)),
            Script("needed yes", timeout: .seconds(1)),
        ]
        let batch = BatchProbe(scripts, mark: "m4rk")
        let result = try await SimulatedShell.run(batch.command.script, in: folder.path)
        let found = batch.observations(from: result)
        #expect(found.map(\.code) == [0, TimeLimit.code, 10])
        #expect(found[1].verdict.reason.contains("it was ended after 1 s, the longest that a probe may take here"))
        #expect(!runs("sleep \(nap)"))
    }

    @Test("many probes of little time each are no long one")
    func probesTogether() async throws {
        let folder = try TemporaryDirectory()
        let scripts = (0..<4).map { _ in Script("sleep 1; satisfied", timeout: .seconds(3)) }
        let batch = BatchProbe(scripts, mark: "m4rk")
        let result = try await SimulatedShell.run(batch.command.script, in: folder.path)
        #expect(batch.observations(from: result).map(\.code) == [0, 0, 0, 0])
    }

    /// Where control groups can be made for a test; nil where they cannot.
    private static let groups = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].first {
        FileManager.default.fileExists(atPath: $0 + "/cgroup.procs")
            && FileManager.default.isWritableFile(atPath: $0 + "/cgroup.procs")
    }

    @Test("in a unit ends all that its control group holds, whatever that did to be alone", .enabled(if: groups != nil))
    func controlGroup() async throws {
        let groups = try #require(Self.groups)
        let place = "\(groups)/harun-test-\(UUID().uuidString)"
        let group = "\(place)/x.service"
        guard (try? FileManager.default.createDirectory(atPath: group, withIntermediateDirectories: true)) != nil else {
            return
        }
        defer {
            rmdir(group)
            rmdir(place)
        }
        let folder = try TemporaryDirectory()
        let nap = unique
        let work = TimeLimit.work(
            "env -i setsid sleep \(nap) & : >started; sleep \(nap)", within: .seconds(1), ended: "echo ended",
            stuck: "echo stuck")
        let script = "echo $$ >\(group)/cgroup.procs; UNIT=x.service; set -u\n\(TimeLimit.functions)\n\(work)"
        let result = try await SimulatedShell.run(
            script.replacing("/sys/fs/cgroup$p", with: "\(groups)$p"), in: folder.path)
        #expect(result.outputText == "ended\n", "\(result.errorText)")
        #expect(!runs("sleep \(nap)"))
    }

    @Test("is no limit for the connection before it is one for the node")
    func slack() {
        #expect(BatchProbe([Script("true", timeout: .seconds(70))], mark: "m").command.timeout == .seconds(130))
        #expect(TimeLimit.seconds(.milliseconds(1500)) == 2)
    }
}
