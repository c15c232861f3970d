import Steps
import Transport

/// Whether a node reaches another, also where echo requests are filtered.
///
/// Hosts and networks that let through nothing but what they must drop ICMP, and corosync needs none of it. So a host that
/// keeps silent is asked in two more ways before it counts as out of reach.
enum ReachProbe {
    /// Defines `reach ADDRESS`: prints `yes`, `quiet` where all but an echo request is answered, or `no`.
    ///
    /// A refused connection is an answer, since only a host refuses. On the same cable the kernel itself confirms the
    /// neighbour; of one that it knew before, that takes it up to 8 s.
    static let words = """
        reach() {
            silent=quiet
            if ! command -v ping >/dev/null; then silent=yes
            elif ping -n -q -c 1 -W 2 "$1" >/dev/null 2>&1; then echo yes; return
            fi
            # Whom nobody knows on the cable, no connection reaches either.
            case $(ip neigh show to "$1" 2>/dev/null) in *FAILED*|*INCOMPLETE*) echo no; return;; esac
            for port in 2224 22; do
                # shellcheck disable=SC2016
                if said=$(LC_ALL=C timeout 2 bash -c ': <>"/dev/tcp/$0/$1"' "$1" "$port" 2>&1); then echo $silent; return; fi
                case $said in *refused*) echo $silent; return;; esac
            done
            left=9
            while [ $left -gt 0 ]; do
                case $(ip neigh show to "$1" 2>/dev/null) in
                *REACHABLE*) echo $silent; return;;
                *FAILED*|'') break;;
                esac
                left=$((left - 1)); sleep 1
            done
            echo no
        }
        """

    /// The hosts that are there and answer no echo request, for people.
    static func remarks(_ observation: Observation?, peers: [Peer]) -> [String] {
        peers.flatMap { peer in
            peer.links.filter { observation?.facts["ping.\($0)"] == "quiet" }.map { link in
                "\(peer.name) is there at \(link), but answers no ping: ICMP is filtered, and the cluster needs none of it"
            }
        }
    }
}
