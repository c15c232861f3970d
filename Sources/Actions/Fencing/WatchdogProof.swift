import Steps
import Transport

/// Proves that a node's watchdog resets it: the idle node's sbd is frozen, and nothing else can do it then.
///
/// A fence through the disk proves that a living sbd resets its node. What it is trusted for is the rest: an sbd that
/// is stuck, or a node that is. A watchdog of a hypervisor may be ignored there, and `iTCO_wdt` counts in vain where the
/// firmware set NO_REBOOT; both accept every word of sbd.
struct WatchdogProof: Sendable {
    let target: NodeName
    /// A node that stays up and sees the target come back.
    let origin: NodeName
    /// Of the configuration that is proven, on the target.
    let hash: String
    /// What the kernel calls the watchdog.
    let identity: String
    /// After so long the others count the node as off: a watchdog that needs longer is none.
    let msgwait: Int
    let peers: [Peer]

    /// What the target keeps of an attempt.
    private struct Attempt {
        var boot: String
        /// When the attempt began; nil where there was none under this configuration.
        var before: String?
        /// Whether sbd went on before anything reset the node.
        var isThawed: Bool
        /// Whether the attempt goes on.
        var isFrozen: Bool
        /// The last second that the node lived to see.
        var seconds: String
    }

    /// Does it, or finds that an earlier process of this run has; the node is back in the cluster afterwards.
    ///
    /// - Returns: figures for the journal.
    func perform(within limit: Duration, in context: any ProcedureContext) async throws(ProcedureFailure)
        -> [String: String]
    {
        var attempt = try await look(context)
        if attempt.before == attempt.boot, attempt.isFrozen {
            context.progress("an earlier harun froze sbd on \(target)")
        } else if attempt.before == nil || attempt.before == attempt.boot || attempt.isThawed {
            context.progress("freezing sbd on \(target): \(identity) must reset it within \(msgwait) s")
            try await context.run(Self.arm(hash, seconds: msgwait), on: target)
                .demandSuccess("freezing sbd on \(target)")
        } else {
            context.progress("the watchdog of \(target) reset it for an earlier harun")
        }
        // The reset takes as long, and so does the start of sbd after it.
        let limit = limit + .seconds(msgwait)
        attempt = try await end(within: limit, in: context)
        let began = ContinuousClock.now
        if attempt.isThawed {
            try? await context.comeBack(target, from: nil, seenBy: origin, among: peers, within: limit)
            throw ProcedureFailure(failure(after: attempt.seconds))
        }
        try await context.comeBack(target, from: attempt.before, seenBy: origin, among: peers, within: limit)
        try await lookAfterBoot(context)
        let how = "\(target) reset by \(identity), sbd frozen for \(attempt.seconds) s"
        try await context.run(Self.keep(hash, how), on: target).demandSuccess("keeping the proof on \(target)")
        return [
            "watchdog_node": target.text, "watchdog_seconds": attempt.seconds,
            "watchdog_back_seconds": (ContinuousClock.now - began).rounded,
        ]
    }

    private func failure(after seconds: String) -> String {
        if seconds != "\(msgwait)" {
            return "sbd on \(target) could not be kept frozen for \(msgwait) s, and nothing is proven; it goes on there"
        }
        return """
            the watchdog of \(target), \(identity), did not reset it within \(msgwait) s although its sbd was frozen: a node \
            that hangs would be taken for dead and go on writing. sbd goes on there, and may have reset the node itself, \
            which proves nothing. A watchdog that the hypervisor ignores, iTCO_wdt with NO_REBOOT set by the firmware and \
            softdog with soft_noboot=1 are like that: look at `dmesg | grep -iE 'watchdog|iTCO'` and `wdctl` on \(target), \
            and name another device as `watchdog` in [fencing]
            """
    }

    /// Waits until the node was reset, or sbd goes on.
    private func end(within limit: Duration, in context: any ProcedureContext) async throws(ProcedureFailure)
        -> Attempt
    {
        try await context.wait(for: "the watchdog of \(target) to reset it", within: limit, every: .seconds(2)) {
            () async throws(ProcedureFailure) -> Attempt? in
            guard let now = try? await look(context) else {
                try await context.reconnect(target, within: limit)
                return nil
            }
            return now.isThawed || (now.before != nil && now.before != now.boot) ? now : nil
        }
    }

    private func look(_ context: any ProcedureContext) async throws(ProcedureFailure) -> Attempt {
        let facts = try await context.facts(Self.state, on: target)
        guard let boot = facts["boot"] else { throw ProcedureFailure("\(target) does not say when it booted") }
        let words = (facts["freeze"] ?? "").split(separator: " ").map(String.init)
        let isOurs = words.count == 2 && words[0] == hash
        return Attempt(
            boot: boot, before: isOurs ? words[1] : nil, isThawed: facts["thawed"] != nil,
            isFrozen: facts["unit"] == "active" && facts["thawed"] == nil, seconds: facts["alive"] ?? "0")
    }

    /// After the boot the watchdog must be there, and in sbd's hands.
    private func lookAfterBoot(_ context: any ProcedureContext) async throws(ProcedureFailure) {
        let view = SBDView(try await context.observe(Script("", asking: [SBDView.running]), on: target))
        if !view.isRunning { throw ProcedureFailure("sbd does not run on \(target) after the boot") }
        if let drift = view.drift(on: target).first { throw ProcedureFailure("after the boot \(drift)") }
    }
}

extension WatchdogProof {
    private static let unit = "harun-watchdog-proof.service"

    /// What the target knows of an attempt, and its boot.
    static let state = Script(
        """
        read -r boot </proc/sys/kernel/random/boot_id && fact boot "$boot"
        [ ! -r "$HARUN_STATE/freeze" ] || fact freeze "$(cat "$HARUN_STATE/freeze")"
        [ ! -r "$HARUN_STATE/alive" ] || fact alive "$(cat "$HARUN_STATE/alive")"
        fact unit "$(systemctl is-active \(unit))"
        [ ! -e "$HARUN_STATE/thawed" ] || fact thawed yes
        satisfied
        """, timeout: .seconds(20))

    /// Freezes every process of sbd, in a unit of its own that nobody has to keep alive.
    ///
    /// Whatever becomes of the unit, sbd goes on when it ends. The record is on the disk before anything is frozen.
    static func arm(_ hash: String, seconds: Int) -> Script {
        Script(
            """
            umask 077; mkdir -p "$HARUN_STATE" && cd "$HARUN_STATE" || exit 1
            ! systemctl is-active --quiet \(unit) || refuse 'sbd is frozen already'
            read -r boot </proc/sys/kernel/random/boot_id || exit 1
            rm -f thawed alive
            cat >freeze.sh <<'END'
            \(freeze(seconds: seconds))
            END
            cat >thaw.sh <<'END'
            \(thaw)
            END
            echo "\(hash) $boot" >freeze.new && sync freeze.new freeze.sh thaw.sh && mv freeze.new freeze && sync . || exit 1
            systemd-run --quiet --collect --unit=\(unit) --property=RuntimeMaxSec=\(seconds + 30) \\
                --property=ExecStopPost="/bin/sh $HARUN_STATE/thaw.sh" --setenv=HARUN_STATE="$HARUN_STATE" \\
                /bin/sh "$HARUN_STATE/freeze.sh" || exit 1
            """)
    }

    /// The inquisitor first: it must not see its watchers fall silent and reset the node itself.
    static func freeze(seconds: Int) -> String {
        """
        \(DiskSync.function)
        cd "$HARUN_STATE" || exit 1
        sbd_pids() { grep -lsa "^sbd: $1" /proc/[0-9]*/cmdline | tr -dc '0-9\\n'; }
        pids="$(sbd_pids inquisitor) $(sbd_pids watcher)"
        [ "$pids" != ' ' ] || exit 1
        for pid in $pids; do kill -STOP "$pid" || exit 1; done
        is_stopped() { read -r line <"/proc/$1/stat" || exit 1; case "${line##*) }" in T*) ;; *) return 1;; esac; }
        looks=0
        for pid in $pids; do
            until is_stopped "$pid"; do
                looks=$((looks + 1))
                [ $looks -lt 50 ] || exit 1
                sleep 0.1
            done
        done
        lived=0
        while [ $lived -lt \(seconds) ]; do
            sleep 1
            lived=$((lived + 1))
            echo $lived >alive
            sync alive
        done
        """
    }

    /// Notes first that no watchdog did it: from here on sbd may reset the node itself.
    static let thaw = """
        \(DiskSync.function)
        cd "$HARUN_STATE" || exit 1
        : >thawed
        sync thawed .
        for pid in $(grep -lsa '^sbd: ' /proc/[0-9]*/cmdline | tr -dc '0-9\\n'); do kill -CONT "$pid"; done
        """

    /// Leaves the proof on the node whose watchdog it was.
    static func keep(_ hash: String, _ how: String) -> Script {
        Script(
            """
            mkdir -p /var/lib/harun/proofs && cd /var/lib/harun/proofs || exit 1
            printf '%s %s %s\\n' \(hash) "$(date -u +%FT%TZ)" \(how.shellQuoted) >watchdog.new
            sync watchdog.new && mv watchdog.new watchdog && sync watchdog
            """)
    }
}
