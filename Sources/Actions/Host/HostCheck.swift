package import Documents
import Settings
package import Steps
package import Transport

/// Looks whether the nodes are hosts that a cluster can be built on, and tells everything at once.
///
/// The probe only reports; every rule is in ``HostCheck/judge(_:)``, since most of them compare nodes.
package struct HostCheck: Action {
    package static let kind = "host.check"

    let cluster: String?
    private let vm: String?
    /// The device of the watchdog that fencing will need; nil where it needs none.
    private let watchdog: String?
    let peers: [Peer]

    package let stepClass = StepClass.pure
    package let undo = Undo.nothing
    package let scope = Scope.fleet
    package var summary: String { "check system, clock, memory, identity, addresses and reachability of every node" }

    package init?(reading with: TableReader, peers: [Peer]) {
        cluster = with.string("cluster")
        vm = with.machine("vm")
        let device = with.string("watchdog")
        watchdog = with.string("fencing") == "sbd" ? device : nil
        self.peers = peers
    }

    package func probe(_ node: NodeName) -> Script {
        // Who has the watchdog: only sbd may.
        let holder = watchdog.map { "\(WatchdogDevice.find($0.shellQuoted))\n\(WatchdogHolder.probe())\n" } ?? ""
        let others = peers.filter { $0.name != node }.flatMap(\.links).filter { IPAddress($0) != nil }
        return Script(
            """
            fact clock "$(date +%s.%N)"
            \(ReachProbe.words)
            pings=
            for address in \(others.shellWords); do
                (fact "ping.$address" "$(reach "$address")") &
                pings="$pings $!"
            done
            ID=; VERSION_ID=; PRETTY_NAME=
            [ ! -r /etc/os-release ] || . /etc/os-release
            fact os "$ID $VERSION_ID"
            fact os.name "$PRETTY_NAME"
            ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null || fact apt yes
            version=; read -r _ version _ <<END
            $(systemctl --version 2>/dev/null)
            END
            fact systemd "${version%%[!0-9]*}"
            fact arch "$(uname -m)"
            while read -r key _ id _; do case $key in Uid:) fact uid "$id"; break;; esac; done </proc/self/status
            read -r init </proc/1/comm; fact init "$init"
            read -r name </proc/sys/kernel/hostname; fact hostname "$name"
            machine=; [ ! -r /etc/machine-id ] || read -r machine </etc/machine-id; fact machine-id "$machine"
            # timedatectl would tell too, but takes seconds to start its service.
            sync=unknown
            for mark in /run/systemd/timesync/synchronized /run/chrony/chronyd.pid /run/chronyd.pid /run/ntpd.pid; do
                [ ! -e "$mark" ] || sync=$mark
            done
            fact time-sync "$sync"
            addresses=
            while read -r _ _ family address _; do
                case $family in inet|inet6) addresses="$addresses ${address%/*}";; esac
            done <<END
            $(ip -o addr)
            END
            fact addresses "${addresses# }"
            while read -r _ _ _ free _ mount; do fact "free.$mount" "$free"; done <<END
            $(df -Pk / /var | sed 1d)
            END
            \(HostMemory.probe(vm: vm))
            \(holder)\(AptLocks.holder)
            # What somebody installs just now is no package that was left half installed.
            audit=; busy=$(holder)
            if [ -n "$busy" ]; then fact apt.holder "$busy"
            elif [ ! -e /var/lib/harun/apt-running ]; then audit=$(dpkg --audit 2>&1)
            fi
            [ -z "$audit" ] || fact dpkg broken
            if [ -e /etc/corosync/corosync.conf ]; then
                cluster=; rings=
                while read -r key value; do
                    case $key in
                    cluster_name:) cluster=$value;;
                    ring0_addr:) rings="$rings $value";;
                    esac
                done </etc/corosync/corosync.conf
                fact cluster "$cluster"
                fact rings "${rings# }"
            fi
            for pid in $pings; do wait "$pid"; done
            satisfied
            """, timeout: .seconds(60))
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        let rules = HostRules(cluster: cluster, peers: peers, observations)
        let memory = memory(observations)
        var verdicts: [NodeName: Verdict] = [:]
        for peer in peers {
            guard let observation = observations[peer.name] else {
                verdicts[peer.name] = .failed("it was not looked at")
                continue
            }
            guard observation.code == ScriptPrelude.satisfied else {
                verdicts[peer.name] = observation.verdict
                continue
            }
            var problems = rules.problems(of: peer)
            if case .tooMuch(let why)? = memory.outcome(on: peer.name) { problems.append(why) }
            if let watchdog, let holder = WatchdogHolder(observation, of: watchdog) { problems.append(holder.obstacle) }
            verdicts[peer.name] = problems.isEmpty ? .satisfied : .refused(problems.joined(separator: "\n"))
        }
        return verdicts
    }

    package func remarks(_ observations: [NodeName: Observation]) -> [NodeName: String] {
        let memory = memory(observations)
        return observations.keys.reduce(into: [:]) { remarks, node in
            var lines: [String] = []
            if let facts = observations[node]?.facts, let remark = HostRules.remark(facts) { lines.append(remark) }
            if case .tight(let why)? = memory.outcome(on: node) { lines.append(why) }
            if let holder = observations[node]?.facts["apt.holder"] {
                lines.append("\(holder) has a lock of apt or dpkg just now, and harun waits for it up to 20 minutes")
            }
            lines += ReachProbe.remarks(observations[node], peers: peers)
            if !lines.isEmpty { remarks[node] = lines.joined(separator: "; ") }
        }
    }

    private func memory(_ observations: [NodeName: Observation]) -> HostMemory {
        HostMemory(observations.filter { $0.value.code == ScriptPrelude.satisfied }, vm: vm)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? { nil }
}
