import Foundation
import Steps
import Synchronization
import Testing
import Transport

@testable import Actions

/// A node whose sbd can be frozen, as ``WatchdogProof`` sees it; each look is some seconds later.
private final class FrozenNode: Sendable {
    struct State {
        var boot = 1
        /// The record of an attempt.
        var freeze: String?
        var isThawed = false
        var isFrozen = false
        var alive = 0
        var arms = 0
        /// At which second of a freeze the watchdog resets the node; never where nil.
        var resetsAt: Int?
        /// Whether an sbd that goes on resets the node itself.
        var resetsItself = false
        /// What sbd holds after the boot.
        var held = "/dev/watchdog1"
        var proof: String?
        /// Where the operator's machine is cut off from the node.
        var isAway = false
    }

    let state: Mutex<State>

    init(_ change: (inout State) -> Void) {
        var state = State()
        change(&state)
        self.state = Mutex(state)
    }

    /// Four seconds pass.
    private static func pass(_ state: inout State, deadline: Int) {
        guard state.isFrozen else { return }
        for _ in 0..<4 {
            if state.resetsAt == state.alive {
                state.boot += 1
                state.isFrozen = false
                state.isAway = true
                return
            }
            state.alive += 1
            if state.alive == deadline {
                state.isFrozen = false
                state.isThawed = true
                if state.resetsItself { state.boot += 1 }
                return
            }
        }
    }

    func answer(_ script: String, hash: String, deadline: Int) -> CommandResult {
        state.withLock { state in
            if state.isAway {
                state.isAway = false
                return CommandResult(outcome: .unknown)
            }
            switch script {
            case let text where text.contains("systemd-run"):
                state.freeze = "\(hash) boot\(state.boot)"
                (state.isThawed, state.isFrozen, state.alive, state.arms) = (false, true, 0, state.arms + 1)
                return .ended(0)
            case WatchdogProof.state.text:
                Self.pass(&state, deadline: deadline)
                return .ended(
                    0,
                    "fact boot boot\(state.boot)\n" + (state.freeze.map { "fact freeze \($0)\n" } ?? "")
                        + "fact alive \(state.alive)\nfact unit \(state.isFrozen ? "active" : "inactive")\n"
                        + (state.isThawed ? "fact thawed yes\n" : ""))
            case let text where text.contains("boot_id"): return .ended(0, "boot\(state.boot)\n")
            case let text where text.contains("watchdog.new"):
                state.proof = text
                return .ended(0)
            case let text where text.contains("sbd_processes"):
                var node = FencedNode()
                node.held = state.held
                return .ended(0, node.facts.map { "blob \($0) \($1.base64)\n" }.joined())
            default: return .ended(0)
            }
        }
    }
}

@Suite("the proof of a watchdog")
struct WatchdogProofTests {
    private static let proof = WatchdogProof(
        target: "nodo2", origin: "nodo1", hash: "abc", identity: "Software Watchdog", msgwait: 20, peers: twoPeers)
    private static let good = status(resources: resource("fence-sbd", "stonith:fence_sbd", on: "nodo1"))

    private func context(_ node: FrozenNode) -> ScriptedContext {
        ScriptedContext { script, name in
            if script == PacemakerStatus.question.text { return .ended(0, "blob status \(Self.good.base64)\n") }
            return name == "nodo2" ? node.answer(script, hash: "abc", deadline: 20) : nil
        }
    }

    @Test("frozen, reset by the watchdog, back, and the proof is kept with the seconds it took")
    func proven() async throws {
        let node = FrozenNode { $0.resetsAt = 11 }
        let figures = try await Self.proof.perform(within: .seconds(60), in: context(node))
        #expect(figures["watchdog_node"] == "nodo2")
        #expect(figures["watchdog_seconds"] == "11")
        #expect(node.state.withLock { $0.arms } == 1)
        let kept = try #require(node.state.withLock { $0.proof })
        #expect(kept.contains("abc") && kept.contains("nodo2 reset by Software Watchdog, sbd frozen for 11 s"))
    }

    @Test("a watchdog that resets nothing, or an sbd that resets the node itself when it goes on, leaves no proof")
    func unproven() async {
        for resetsItself in [false, true] {
            let node = FrozenNode { $0.resetsItself = resetsItself }
            await #expect {
                _ = try await Self.proof.perform(within: .seconds(60), in: context(node))
            } throws: { error in
                let words = (error as? ProcedureFailure)?.message ?? ""
                return words.contains("the watchdog of nodo2, Software Watchdog, did not reset it within 20 s")
                    && words.contains("NO_REBOOT") && (error as? ProcedureFailure)?.isUnknown == false
            }
            #expect(node.state.withLock { $0.proof } == nil)
        }
    }

    @Test("a reset after the others would have taken the node for dead is too late")
    func late() async {
        let node = FrozenNode { $0.resetsAt = 25 }
        await #expect(throws: ProcedureFailure.self) {
            _ = try await Self.proof.perform(within: .seconds(60), in: context(node))
        }
        #expect(node.state.withLock { $0.proof } == nil)
    }

    @Test("an sbd that could not be kept frozen says nothing of the watchdog")
    func short() async {
        let node = FrozenNode { _ in }
        let context = ScriptedContext { script, name in
            if script == PacemakerStatus.question.text { return .ended(0, "blob status \(Self.good.base64)\n") }
            guard name == "nodo2", script != WatchdogProof.state.text else {
                return .ended(
                    0, "fact boot boot1\nfact freeze abc boot1\nfact alive 3\nfact unit inactive\nfact thawed yes\n")
            }
            return node.answer(script, hash: "abc", deadline: 20)
        }
        await #expect(
            throws: ProcedureFailure(
                "sbd on nodo2 could not be kept frozen for 20 s, and nothing is proven; it goes on there")
        ) { _ = try await Self.proof.perform(within: .seconds(60), in: context) }
    }

    @Test("a run that is resumed repeats no reset that happened, waits for one that is under way, and begins anew else")
    func resumed() async throws {
        let table: [(String, Int, (inout FrozenNode.State) -> Void)] = [
            ("reset before, proof not kept", 0, { ($0.freeze, $0.boot, $0.alive) = ("abc boot1", 2, 11) }),
            ("frozen right now", 0, { ($0.freeze, $0.isFrozen, $0.resetsAt) = ("abc boot1", true, 11) }),
            ("recorded, and killed before the freeze", 1, { ($0.freeze, $0.resetsAt) = ("abc boot1", 11) }),
            ("under another configuration", 1, { ($0.freeze, $0.boot, $0.resetsAt) = ("other boot1", 2, 11) }),
            ("it did not reset then", 1, { ($0.freeze, $0.isThawed, $0.resetsAt) = ("abc boot1", true, 11) }),
            ("sbd did it itself", 1, { ($0.freeze, $0.isThawed, $0.boot, $0.resetsAt) = ("abc boot1", true, 2, 11) }),
        ]
        for (name, arms, change) in table {
            let node = FrozenNode(change)
            let figures = try await Self.proof.perform(within: .seconds(60), in: context(node))
            #expect(node.state.withLock { $0.arms } == arms, "\(name)")
            #expect(figures["watchdog_seconds"] == "11", "\(name)")
            #expect(node.state.withLock { $0.proof } != nil, "\(name)")
        }
    }

    @Test("a watchdog that is not in sbd's hands after the boot is not proven")
    func afterBoot() async {
        let node = FrozenNode { ($0.resetsAt, $0.held) = (11, "/dev/watchdog0") }
        await #expect(
            throws: ProcedureFailure(
                "after the boot sbd on nodo2 holds /dev/watchdog0, its settings name /dev/watchdog1")
        ) { _ = try await Self.proof.perform(within: .seconds(60), in: context(node)) }
        #expect(node.state.withLock { $0.proof } == nil)
    }

    /// The very words that run on a node, on two processes of this machine that bear sbd's titles.
    @Test("every process of sbd stands still, each second is kept, and whatever becomes of the freeze, sbd goes on")
    func processes() throws {
        try Tool.withFolder { folder in
            // Only ours: a machine that develops harun may be fenced itself.
            let own = "$(sed 's#.*#/proc/&/cmdline#' \(folder.path)/pids)"
            let freeze = WatchdogProof.freeze(seconds: 1).replacing("/proc/[0-9]*/cmdline", with: own)
            let thaw = WatchdogProof.thaw.replacing("/proc/[0-9]*/cmdline", with: own)
            let result = try shell(
                """
                HARUN_STATE=\(folder.path); cd \(folder.path) || exit 1
                for title in inquisitor 'watcher: /dev/disk/x - slot: 0'; do
                    bash -c 'exec -a "sbd: $0" sleep 60' "$title" >/dev/null 2>&1 & echo $! >>pids
                done
                trap 'for pid in $(cat pids); do kill -9 $pid; done' EXIT
                for pid in $(cat pids); do until grep -qsa '^sbd: ' "/proc/$pid/cmdline"; do sleep 0.05; done; done
                states() { for pid in $(cat pids); do cut -d ')' -f 2 /proc/$pid/stat | cut -c 2; done | tr '\\n' ' '; }
                (\(freeze)
                ) || echo "freeze $?"
                echo "frozen $(states)alive $(cat alive)"
                (\(thaw)
                ) || echo "thaw $?"
                for pid in $(cat pids); do until grep -qs ') S' "/proc/$pid/stat"; do sleep 0.05; done; done
                [ -e thawed ] && echo thawed
                echo 999999 >pids.none; : >alive
                (\(freeze.replacing("/pids)", with: "/pids.none)"))
                ) || echo none
                """)
            #expect(result.output == "frozen T T alive 1\nthawed\nnone\n")
        }
    }

    @Test("the scripts are the golden ones")
    func golden() throws {
        try GoldenScripts.expect(WatchdogProof.state, "fencing.prove.state")
        try GoldenScripts.expect(WatchdogProof.arm("abc", seconds: 20), "fencing.prove.arm")
        try GoldenScripts.expect(WatchdogProof.keep("abc", "nodo2 reset"), "fencing.prove.keep")
        for (script, name) in [(WatchdogProof.freeze(seconds: 20), "freeze"), (WatchdogProof.thaw, "thaw")] {
            try GoldenScripts.expect(Script(script), "fencing.prove.\(name)")
        }
    }
}
