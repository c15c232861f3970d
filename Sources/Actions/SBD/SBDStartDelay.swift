import Steps
import Transport

/// How long sbd sleeps when a node boots, before it and with it the cluster starts there: `SBD_DELAY_START`.
///
/// A node that resets itself, by its watchdog or a crash, is fenced all the same, and is told of it when it is back before that
/// fence has ended: its Pacemaker then says "We were allegedly just fenced", and it and corosync stop for good. So the
/// longest fence is waited for, from the loss of the node on: until the others notice (token and consensus), the delay of the
/// fence (``FencingDelays``), and `msgwait`, after which it counts as done. sbd's own `yes` means `msgwait` alone, which is too short
/// for a node that boots within seconds, as virtual machines do (seen with sbd 1.5.2 and Pacemaker 3.0.0).
///
/// Source: the packaged `/etc/default/sbd`, which names the same sum. There `1` means `yes`.
struct SBDStartDelay: Sendable, Hashable {
    /// What it takes to start the fencing agent, and to tell all nodes of its end.
    private static let margin = 5

    let seconds: Int

    /// Shell source that reports what ``init(_:nodes:msgwait:)`` reads.
    static let probe = """
        corosync-cmapctl runtime.config.totem. 2>/dev/null | while read -r key _ _ value; do
            case $key in *.token) fact token "$value";; *.consensus) fact consensus "$value";; esac
        done
        """

    /// Shell source that defines `without_delay COMMAND…`: an sbd that the command starts does not sleep.
    ///
    /// Only for a start behind an orderly stop of the whole cluster: nobody fences a node that left in order. Should the node
    /// be reset meanwhile, it boots with the delay, for what lies below `/run` is gone then.
    static let skipped = """
        without_delay() (
            folder=/run/systemd/system/sbd.service.d; setting=/run/harun/sbd-start
            trap 'rm -f "$folder/zz-harun-start.conf" "$setting"; systemctl daemon-reload' EXIT
            mkdir -p "$folder" /run/harun && echo \(SBDConfiguration.startDelay)=no >"$setting" &&
                printf '[Service]\\nEnvironmentFile=-%s\\n' "$setting" >"$folder/zz-harun-start.conf" && systemctl daemon-reload || exit
            "$@"
        )
        """

    /// - Parameters:
    ///   - observation: of a node whose corosync may run; otherwise harun's own settings of it count.
    ///   - nodes: how many the cluster has.
    ///   - msgwait: in seconds.
    init(_ observation: Observation?, nodes: Int, msgwait: Int) {
        func milliseconds(_ name: String) -> Int? { observation?.facts[name].flatMap { Int($0) } }
        let token = milliseconds("token") ?? CorosyncConfiguration.token
        let consensus = milliseconds("consensus") ?? token * 6 / 5
        let delay = nodes == 2 ? FencingDelays.longest : 0
        seconds = (min(token + consensus, 600_000) + 999) / 1000 + delay + msgwait + Self.margin
    }

    /// Whether a value of `SBD_DELAY_START` that is there is long enough.
    func isMet(by value: String) -> Bool { Int(value).map { $0 >= seconds } ?? false }
}
