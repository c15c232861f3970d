import Steps
import Transport

/// Who has a watchdog open, or will have it, so that sbd cannot: a watchdog has one user at a time.
///
/// systemd itself with `RuntimeWatchdogSec`, corosync with `watchdog_device`, the daemons of the package watchdog. Without
/// this, sbd's start fails with words about a device that is there, and corosync's with it. sbd is whom it is for.
struct WatchdogHolder: Sendable, Hashable {
    /// The watchdog's device, as the inventory has it.
    var device: String
    var process: Int
    /// The process's name.
    var name: String
    /// The service that it belongs to; nil where it belongs to none.
    var unit: String?
    /// How long systemd's own watchdog is set to, where it has this one or opens it as soon as it is there.
    var systemd: String?

    /// Shell source that reports what ``init(_:of:)`` reads; opens no watchdog and changes nothing.
    ///
    /// By the device's number, which its two names share. systemd opens what `WatchdogDevice` names, else the first one,
    /// and tries again as long as there is none: a software watchdog that is loaded for sbd would be its own.
    ///
    /// Behind ``WatchdogDevice/find(_:)``, whose `number` it asks about.
    ///
    /// - Parameter root: in front of `/proc`, `/sys` and `/dev`, for tests.
    static func probe(root: String = "") -> String {
        """
        first=; [ ! -r \(root)/sys/class/watchdog/watchdog0/dev ] || {
            IFS=: read -r major minor <\(root)/sys/class/watchdog/watchdog0/dev
            first=$(printf '%x:%x' "$major" "$minor")
        }
        one() { if [ "$1" = a:82 ] && [ -n "$first" ]; then echo "$first"; else echo "$1"; fi; }
        find \(root)/proc/[0-9]*/fd -lname '*/watchdog*' 2>/dev/null | while read -r file; do
            opened=$(stat -L -c %t:%T "$file" 2>/dev/null) || continue
            [ "$(one "$opened")" = "$(one "$number")" ] || continue
            folder=${file%/fd/*}
            name=; read -r name 2>/dev/null <"$folder/comm" || continue
            unit=; while IFS= read -r line; do
                case $line in *.service) unit=${line##*/};; esac
            done 2>/dev/null <"$folder/cgroup"
            [ "$name" = sbd ] || printf '%s\\t%s\\t%s\\n' "${folder##*/}" "$unit" "$name"
        done | blob watchdog.holders
        period=$(systemctl show -p RuntimeWatchdogUSec --value 2>/dev/null) || period=
        case $period in
        ''|0) ;;
        *)
            its=$(systemctl show -p WatchdogDevice --value 2>/dev/null) || its=
            [ -n "$its" ] || its=\(root)/dev/watchdog0
            its=$([ ! -c "$its" ] || stat -L -c %t:%T "$its")
            if [ -z "$its" ] || [ "$(one "$its")" = "$(one "$number")" ]; then fact watchdog.systemd "$period"; fi;;
        esac
        """
    }

    /// Reads what the probe reported; nil where nobody stands in sbd's way.
    init?(_ observation: Observation?, of device: String) {
        self.device = device
        systemd = observation?.facts["watchdog.systemd"]
        process = 1
        name = "systemd"
        let lines = (observation?.facts["watchdog.holders"] ?? "").split(separator: "\n")
        let holder = lines.lazy.map { $0.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false) }
            .first { $0.count == 3 }
        if let holder, let number = Int(holder[0]) {
            process = number
            unit = holder[1].isEmpty ? nil : String(holder[1])
            name = String(holder[2])
        } else if systemd == nil {
            return nil
        }
    }

    /// Who it is and what to type on the node, for people.
    var obstacle: String {
        "\(who), and a watchdog has one user: sbd could not open it, and the cluster would not start there. \(way)"
    }

    private var who: String {
        if process == 1 {
            let period = systemd.map { " (RuntimeWatchdogSec, \($0))" } ?? ""
            return "systemd, process 1, takes the watchdog \(device) for itself\(period)"
        }
        return "\(name), process \(process)\(unit.map { " of \($0)" } ?? ""), holds the watchdog \(device)"
    }

    private var way: String {
        if process == 1 {
            return "Type on it: mkdir -p /etc/systemd/system.conf.d && printf '[Manager]\\nRuntimeWatchdogSec=0\\n' "
                + ">/etc/systemd/system.conf.d/zz-watchdog.conf && systemctl daemon-reload"
        }
        if name == "corosync" {
            return "Type on every node: sed -i 's/^\\([[:space:]]*watchdog_device:\\).*/\\1 off/' "
                + "/etc/corosync/corosync.conf; then on one of them: pcs cluster stop --all && pcs cluster start --all"
        }
        let isPackage = unit == "watchdog.service" || unit == "wd_keepalive.service"
        // The one starts the other where it is stopped.
        let stop =
            isPackage
            ? "systemctl disable --now watchdog.service wd_keepalive.service"
            : unit.map { "systemctl disable --now \($0.shellQuoted)" } ?? "kill \(process)"
        return
            "Type on it: \(stop) (where `wdctl` says that the watchdog cannot be stopped, nowayout, the node resets then)"
    }
}
