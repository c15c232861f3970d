import Steps
import Transport

/// Shows one LUN's identity across nodes: a key registered on the first is looked for on the others.
///
/// Keys that are there already belong to a fencing agent or to another cluster, and registering would
/// replace them; they are then compared and left alone.
struct ReservationProof {
    let lun: LUNReference
    let nodes: [NodeName]

    /// Defines `read_keys`, which sets `keys` to the registered ones, separated by spaces, and fails where the target
    /// cannot tell.
    ///
    /// The first command after a login may end in a unit attention, and some targets report an error
    /// although they did what was asked: so it is the keys that count, and never the exit code.
    static let readKeys = """
        read_keys() {
            for attempt in 1 2 3 4; do
                out=$(sg_persist -n -i -k -d "$LUN" 2>&1); rc=$?
                if [ "$rc" = 0 ]; then
                    keys=
                    while read -r word _; do case $word in 0x*) keys="$keys $word";; esac; done <<END
        $out
        END
                    keys=${keys# }
                    return 0
                fi
                case $rc in 5|9|127) break;; esac
                sleep 1
            done
            return 1
        }
        """

    /// Functions that read and write keys; `$OWN` names the file that holds a key for as long as it is on the LUN.
    private var words: String {
        """
        \(lun.findFunction)
        lun_find || refuse 'the LUN is gone'
        OWN=/var/lib/harun/luns/$WWID.key
        command -v sg_persist >/dev/null || { fact keys unknown; fact why 'sg3-utils is not installed'; satisfied; }
        \(Self.readKeys)
        has() { case " $keys " in *" $1 "*) true;; *) false;; esac; }
        """
    }

    /// Reports the keys, without what an interrupted proof of this node left.
    var look: Script {
        Script(
            """
            \(words)
            # What a harun that was killed in the middle of this left is no key of somebody else's.
            if [ -r "$OWN" ] && read_keys; then
                read -r own <"$OWN"
                ! has "${own:-none}" || sg_persist -n -o -G -K "$own" -S 0 -d "$LUN" >&2
                rm -f "$OWN"
            fi
            read_keys || { fact keys unknown; fact why "the target knows no persistent reservations"; satisfied; }
            fact keys "$keys"
            satisfied
            """)
    }

    private func register(_ key: String) -> Script {
        Script(
            """
            \(words)
            mkdir -p "${OWN%/*}" && echo \(key) >"$OWN" && sync "$OWN" || exit 1
            for attempt in 1 2 3; do
                read_keys || exit 1
                ! has \(key) || break
                [ -z "$keys" ] || refuse "somebody registered the keys $keys meanwhile"
                sg_persist -n -o -I -S \(key) -d "$LUN" >&2 || sleep 1
            done
            read_keys || exit 1
            fact keys "$keys"
            satisfied
            """)
    }

    private func unregister(_ key: String) -> Script {
        Script(
            """
            \(words)
            for attempt in 1 2 3; do
                read_keys || exit 1
                has \(key) || { rm -f "$OWN"; satisfied; }
                sg_persist -n -o -G -K \(key) -S 0 -d "$LUN" >&2 || sleep 1
            done
            read_keys && ! has \(key) && rm -f "$OWN" && satisfied
            exit 1
            """)
    }

    /// Carries it out.
    ///
    /// - Returns: what was proven, in words for the report.
    func run(in context: any ProcedureContext) async throws(ProcedureFailure) -> String {
        guard let first = nodes.first else { return "no nodes" }
        var before: [NodeName: Observation] = [:]
        for node in nodes { before[node] = try await ask(look, on: node, in: context) }
        if let blind = nodes.first(where: { before[$0]?.facts["keys"] == "unknown" }) {
            return "same WWID and size only: on \(blind), \(before[blind]?.facts["why"] ?? "no reservations")"
        }
        let keys = nodes.map { Set((before[$0]?.facts["keys"] ?? "").split(separator: " ")) }
        if keys.contains(where: { !$0.isEmpty }) {
            guard keys.allSatisfy({ $0 == keys[0] }) else {
                throw ProcedureFailure(
                    "not the same LUN: the nodes read different reservation keys from it, although its WWID is the same"
                )
            }
            return "every node reads the same reservation keys"
        }
        let key = "0x" + String(UInt64.random(in: 1 << 60 ... .max), radix: 16)
        let failure = await exchange(key, first, in: context)
        let removal = try await ask(unregister(key), on: first, in: context)
        if let failure { throw failure }
        guard removal.verdict == .satisfied else {
            throw ProcedureFailure(
                "the reservation key \(key) could not be taken off the LUN; type on \(first): "
                    + "sg_persist -n -o -G -K \(key) -S 0 -d DEVICE", isUnknown: true)
        }
        return "a reservation key of \(first) was read on every node"
    }

    /// Registers and looks; answers the failure instead of throwing, since the key must go in any case.
    private func exchange(_ key: String, _ first: NodeName, in context: any ProcedureContext) async -> ProcedureFailure?
    {
        do throws(ProcedureFailure) {
            let registered = try await ask(register(key), on: first, in: context)
            guard registered.facts["keys"]?.split(separator: " ").contains(Substring(key)) == true else {
                return ProcedureFailure(
                    "\(first): the target took no reservation key: \(registered.verdict.reason)\(registered.errors.lastLines(2))"
                )
            }
            for node in nodes.dropFirst() {
                let seen = try await ask(look, on: node, in: context)
                guard seen.facts["keys"]?.split(separator: " ").contains(Substring(key)) == true else {
                    return ProcedureFailure(
                        "not the same LUN: a reservation key that \(first) registered cannot be read on \(node), although "
                            + "the WWID is the same; a cloned LUN, or two targets with the same numbers")
                }
            }
            return nil
        } catch {
            return error
        }
    }

    private func ask(
        _ script: Script, on node: NodeName, in context: any ProcedureContext
    ) async throws(ProcedureFailure) -> Observation {
        let answer = Observation(result: try await context.run(script, on: node))
        if case .refused(let why) = answer.verdict { throw ProcedureFailure("\(node): \(why)") }
        return answer
    }
}
