import Foundation
import Journaling
import Planning
import TestSupport
import Testing
import Transport

@testable import Execution

extension Duration {
    /// Longer than any test lasts.
    fileprivate static let hours = Duration.seconds(7200)
}

@Suite("Long commands")
struct LongCommandTests {
    private static let folder = "var/lib/harun/runs/run-1/one.a/1"

    /// A step that notes that it began, waits until the test lets it go on, and notes its end.
    private static let slow = """
        echo begun >>"$NODE_ROOT/log"; echo working; : >"$NODE_ROOT/started"
        until [ -e "$NODE_ROOT/go" ]; do sleep 0.02; done
        echo finished; echo ended >>"$NODE_ROOT/log"; : >"$NODE_ROOT/a"
        """

    /// A node with nothing but this step.
    private func scene(_ apply: String = slow, class stepClass: String = "once") throws -> Scene {
        try Scene(
            TOML.runbook(("one", [TOML.step("a", class: stepClass, apply: apply, isLong: true)])), nodes: ["n1"])
    }

    /// Lets the step go on as soon as harun comes for the second time; the first command of all is a probe.
    private func goOnAtReturn(_ scene: Scene) {
        scene.fleet.onArrival { node, _ in
            if scene.fleet.connects(to: node) > 1 { try? scene.fleet.touch("go", on: node) }
        }
    }

    @Test("a long command costs no round trip more than a short one and leaves its story on the node")
    func normal() async throws {
        let scene = try scene()
        try scene.fleet.touch("go", on: "n1")
        let ending = try await scene.run()
        #expect(ending.result == .done)
        #expect(scene.log("n1") == ["begun", "ended"])
        #expect(scene.fleet.commands(on: "n1").count == 2)
        #expect(scene.fleet.lines(of: Self.folder + "/output", on: "n1") == ["working", "finished"])
        #expect(scene.fleet.lines(of: Self.folder + "/status", on: "n1") == ["0"])
        let intent = try #require(ending.events.first { $0.event == .intent })
        #expect(intent.facts?["unit"] == "harun-run-1-one.a.1.service")
        #expect(ending.events.first { $0.event == .applied }?.output == "working\nfinished")
        for file in ["", "/output", "/begun", "/status"] {
            let path = scene.fleet.root(of: "n1") + "/" + Self.folder + file
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == (file.isEmpty ? 0o700 : 0o600), "\(path)")
        }
    }

    @Test(
        "a connection lost at any point of a long command: it is found again and was begun once",
        arguments: [
            SimulatedFleet.Fault.lostBefore, .neverBegun, .lostOnce(file: folder), .lostOnce(file: folder + "/output"),
            .lostOnce(file: folder + "/begun"), .lostOnce(file: "started"),
        ])
    func lost(fault: SimulatedFleet.Fault) async throws {
        let scene = try scene()
        scene.fleet.plan(fault, on: "n1", at: .script("systemd-run"))
        goOnAtReturn(scene)
        let ending = try await scene.run()
        #expect(ending.result == .done, "\(ending.failures)")
        #expect(scene.log("n1") == ["begun", "ended"])
        #expect(scene.fleet.connects(to: "n1") == 2)
        #expect(ending.events.first { $0.event == .applied }?.output == "working\nfinished")
    }

    @Test("the last words are heard, also through a tail that ends with its process and does not look again")
    func lastWords() async throws {
        let scene = try scene()
        let tail = """
            #!/bin/sh
            case " $* " in *" --pid="*) ;; *) exec /usr/bin/tail "$@";; esac
            for word; do case $word in --pid=*) pid=${word#--pid=};; *) file=$word;; esac; done
            until [ -s "$file" ]; do sleep 0.01; done
            head -c 3 "$file"; : >"$NODE_ROOT/go"
            while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done

            """
        // A link, as every program of uutils is.
        let program = scene.fleet.units.folder + "/tail-of-uutils"
        try Data(tail.utf8).write(to: URL(filePath: program))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        try FileManager.default.createSymbolicLink(
            atPath: scene.fleet.units.folder + "/tail", withDestinationPath: "tail-of-uutils")
        let ending = try await scene.run()
        #expect(ending.result == .done, "\(ending.failures)")
        #expect(ending.events.first { $0.event == .applied }?.output == "working\nfinished")
    }

    @Test("a command that outlives its time is waited for and not begun beside itself")
    func overTime() async throws {
        let scene = try scene(class: "converge")
        scene.fleet.plan(.outlivesItsTime, on: "n1", at: .script("systemd-run"))
        goOnAtReturn(scene)
        let ending = try await scene.run()
        #expect(ending.result == .done, "\(ending.failures)")
        #expect(scene.log("n1") == ["begun", "ended"])
        #expect(ending.lines(.intent) == ["intent a n1"])
    }

    @Test(
        "a connection lost at the end of a long command: its status is read, and it is not begun again",
        arguments: [SimulatedFleet.Fault.lostAfter, .lostOnce(file: "a"), .lostOnce(file: folder + "/status")])
    func lostAtEnd(fault: SimulatedFleet.Fault) async throws {
        let scene = try scene()
        try scene.fleet.touch("go", on: "n1")
        scene.fleet.plan(fault, on: "n1", at: .script("systemd-run"))
        let ending = try await scene.run()
        #expect(ending.result == .done, "\(ending.failures)")
        #expect(scene.log("n1") == ["begun", "ended"])
    }

    @Test("a connection that is lost again and again is opened again and again")
    func lostOften() async throws {
        let scene = try scene()
        for _ in 0..<3 { scene.fleet.plan(.lostOnce(file: "started"), on: "n1", at: .script("systemd-run")) }
        scene.fleet.onArrival { node, _ in
            if scene.fleet.connects(to: node) > 3 { try? scene.fleet.touch("go", on: node) }
        }
        #expect(try await scene.run().result == .done)
        #expect(scene.log("n1") == ["begun", "ended"])
        #expect(scene.fleet.connects(to: "n1") == 4)
    }

    @Test("a command that fails behind a lost connection is told with its own exit code and words")
    func failsUnseen() async throws {
        let scene = try scene(Self.slow + "\necho broken >&2; rm -f \"$NODE_ROOT/a\"; exit 7")
        scene.fleet.plan(.lostOnce(file: "started"), on: "n1", at: .script("systemd-run"))
        goOnAtReturn(scene)
        let ending = try await scene.run(onFailure: .stop)
        #expect(ending.result == .failed)
        #expect(ending.failures.first?.message == "exit code 7")
        #expect(ending.failures.first?.output == "working\nfinished\nbroken")
    }

    @Test(
        "a node that reboots in mid-command: its probe decides, and nothing is begun again", arguments: [true, false])
    func reboot(isDone: Bool) async throws {
        let scene = try scene(isDone ? ": >\"$NODE_ROOT/a\"\n" + Self.slow : Self.slow, class: "destructive")
        scene.fleet.plan(.lostOnce(file: "started"), on: "n1", at: .script("systemd-run"))
        scene.fleet.onArrival { node, _ in
            if scene.fleet.connects(to: node) > 1 { try? scene.fleet.reboot(node) }
        }
        let ending = try await scene.run()
        #expect(ending.result == (isDone ? .done : .unknown))
        #expect(scene.log("n1") == ["begun"])
        if !isDone { #expect(ending.failures.first?.message.hasPrefix("the node was rebooted in mid-step") == true) }
    }

    @Test("a unit that is killed leaves no status, so the probe decides")
    func killed() async throws {
        let scene = try scene()
        scene.fleet.plan(.lostOnce(file: "started"), on: "n1", at: .script("systemd-run"))
        scene.fleet.onArrival { node, _ in
            if scene.fleet.connects(to: node) > 1 { scene.fleet.units.endAll(on: node) }
        }
        let ending = try await scene.run()
        #expect(ending.result == .unknown)
        #expect(ending.failures.first?.message.hasPrefix("its unit harun-run-1-one.a.1.service ended without") == true)
        #expect(scene.log("n1") == ["begun"])
    }

    @Test("without systemd nothing is begun, and that is a failure and no doubt")
    func noSystemd() async throws {
        let scene = try scene()
        try scene.fleet.touch("no-systemd", on: "n1")
        let ending = try await scene.run(onFailure: .stop)
        #expect(ending.result == .failed)
        #expect(
            ending.failures.first?.message
                == "it was not begun: System has not been booted with systemd as init system")
        #expect(scene.log("n1") == [])
    }

    @Test("a syntax error in a long script is a failure with its message")
    func syntaxError() async throws {
        let ending = try await scene("if; then").run(onFailure: .stop)
        #expect(ending.result == .failed)
        #expect(ending.failures.first?.message == "exit code 2")
        #expect(ending.failures.first?.output?.contains("Syntax error") == true)
    }

    @Test("taking a long step back is a command of its own, not the old one found again")
    func undo() async throws {
        let scene = try Scene(
            TOML.runbook(("one", [TOML.step("a", isLong: true), TOML.step("b", apply: "exit 1")])), nodes: ["n1"])
        let ending = try await scene.run()
        #expect(ending.result == .rolledBack)
        #expect(scene.log("n1").filter { $0.hasSuffix("a") } == ["a", "undo-a"])
        #expect(scene.fleet.units.requests == ["harun-run-1-one.a.1.service", "harun-run-1-one.a.2.service"])
    }

    /// A node that vanishes as soon as its long command runs.
    private func vanishing() throws -> Scene {
        let scene = try scene()
        scene.fleet.plan(.lostOnce(file: "started"), on: "n1", at: .script("systemd-run"))
        scene.fleet.onArrival { [fleet = scene.fleet] node, command in
            if command.script.contains("systemd-run") { fleet.makeUnreachable(node) }
        }
        return scene
    }

    /// The node is back, and its command comes to its end.
    private func comeBack(_ scene: Scene) throws {
        scene.fleet.onArrival { _, _ in }
        scene.fleet.makeReachable("n1")
        try scene.fleet.touch("go", on: "n1")
    }

    @Test(
        "a node that stays away is waited for within limits, not for its command's whole time; resume finds it again",
        .timeLimit(.minutes(5)))
    func staysAway() async throws {
        let scene = try vanishing()
        let ending = try await scene.run()
        #expect(ending.result == .unknown)
        let failure = try #require(ending.failures.first)
        #expect(failure.message.contains("the node did not answer again within 0 s"))
        #expect(failure.message.contains("harun resume finds it again"))
        #expect(ending.lines(.undo) == [])
        try comeBack(scene)
        #expect(try await scene.resume().result == .done)
        #expect(scene.log("n1") == ["begun", "ended"])
        #expect(scene.fleet.units.requests.count == 1)
    }

    @Test("the first Ctrl-C does not wait for a node that does not answer", .timeLimit(.minutes(5)))
    func stopsWhileAway() async throws {
        let scene = try vanishing()
        let interruption = Interruption()
        let ending = try await scene.run(
            interruption: interruption, patience: Patience(lost: .hours, following: .hours, stopping: .zero)
        ) { event in
            if event.message?.contains("waiting for the node") == true { interruption.request() }
        }
        #expect(ending.result == .interrupted)
        #expect(ending.failures == [])
        #expect(ending.state.open.count == 1)
        try comeBack(scene)
        #expect(try await scene.resume().result == .done)
        #expect(scene.log("n1") == ["begun", "ended"])
    }

    @Test("nothing is taken back of a command that may still run where nobody can ask", .timeLimit(.minutes(5)))
    func nothingBesideIt() async throws {
        let scene = try vanishing()
        #expect(try await scene.run().result == .unknown)
        scene.fleet.onArrival { _, _ in }
        scene.fleet.makeReachable("n1")
        // It answers at first, and not to the question for the command.
        scene.fleet.plan(.lostBefore, on: "n1", at: .script("job_lives"))
        scene.fleet.onArrival { [fleet = scene.fleet] node, command in
            if command.script.contains("job_lives") { fleet.makeUnreachable(node) }
        }
        let refused = try await scene.rollBack(RunID("run-1"))
        #expect(refused.result == .unknown)
        #expect(refused.lines(.undo, .undone) == [])
        try comeBack(scene)
        #expect(try await scene.rollBack(RunID("run-1")).result == .rolledBack)
        #expect(scene.log("n1") == ["begun", "ended", "undo-a"])
    }
}
