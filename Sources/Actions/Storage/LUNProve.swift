import Crypto
package import Documents
import Foundation
package import Transport

/// Proves that every node sees one and the same LUN, before anybody writes to it.
///
/// The same WWID is not proof: some targets derive it from numbers, and cloned LUNs keep it. A
/// reservation key that one node registers and all others can read is; the key is taken away again,
/// nothing of the LUN's content is touched. The proof holds until the next boot (a mark in `/run`).
package struct LUNProve: Procedure {
    package static let kind = "lun.prove"

    private let lun: LUNReference
    private let peers: [Peer]

    package let stepClass = StepClass.converge
    package let undo = Undo.nothing
    package let scope = Scope.fleet
    package var summary: String { "prove that \(lun.title) is the same on every node" }

    package init?(reading with: TableReader, peers: [Peer]) {
        guard let lun = LUNReference(reading: with) else { return nil }
        self.lun = lun
        self.peers = peers
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(lun.findFunction)
            seen=
            for link in /dev/disk/by-path/*-iscsi-*-lun-*; do
                case $link in *-part*) continue;; esac
                [ ! -b "$link" ] || seen="$seen ${link##*-iscsi-}"
            done
            fact visible "${seen# }"
            lun_find || { fact seen no; satisfied; }
            name=${DEV##*/}
            fact seen yes
            fact wwid "$WWID"
            fact device "$DEV"
            read -r sectors <"/sys/class/block/$name/size"; fact size "$((sectors * 512))"
            read -r ro <"/sys/class/block/$name/ro"; fact read-only "$ro"
            # Every path of this node to that LUN, and the target behind the first of them.
            paths=; others=
            for wwid in /sys/block/sd*/device/wwid; do
                [ -e "$wwid" ] || continue
                read -r id <"$wwid" || continue
                [ "$id" = "naa.${WWID#0x}" ] || continue
                disk=${wwid#/sys/block/}; disk=${disk%%/*}
                paths="$paths $disk"
                [ "$disk" = "$name" ] || [ -e "/sys/class/block/$name/slaves/$disk" ] || others="$others $disk"
            done
            fact paths "${paths# }"
            fact others "${others# }"
            first=${paths# }; first=${first%% *}
            place=; [ -z "$first" ] || place=$(readlink -f "/sys/block/$first/device")
            case $place in
            */session[0-9]*/target*)
                session=${place##*/session}; session=session${session%%/*}
                read -r target <"/sys/class/iscsi_session/$session/targetname"
                fact transport iscsi
                fact unit "$target ${place##*:}";;
            *) fact transport other;;
            esac
            proof=; [ ! -r "/var/lib/harun/luns/$WWID" ] || read -r proof <"/var/lib/harun/luns/$WWID"
            fact proof "$proof"
            satisfied
            """)
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacle = identity(observations) { return obstacle }
        let mark = mark(observations)
        let unproven = peers.map(\.name).filter { observations[$0]?.facts["proof"]?.hasPrefix(mark) != true }
        return Dictionary(
            uniqueKeysWithValues: peers.map { peer in
                let why = "the WWID is the same everywhere; not yet proven with a reservation key"
                return (peer.name, unproven.contains(peer.name) ? .needed(why) : .satisfied)
            })
    }

    /// The verdicts where the nodes' own reports already rule it out; nil where they agree.
    private func identity(_ observations: [NodeName: Observation]) -> [NodeName: Verdict]? {
        var verdicts: [NodeName: Verdict] = [:]
        for peer in peers {
            verdicts[peer.name] = observations[peer.name].map(alone) ?? .failed("it was not looked at")
        }
        if verdicts.values.contains(where: { $0 != .satisfied }) { return verdicts }
        guard let first = peers.first, let reference = observations[first.name]?.facts else { return verdicts }
        for peer in peers.dropFirst() {
            let own = observations[peer.name]?.facts ?? [:]
            for (key, what) in [("wwid", "WWID"), ("size", "size in bytes"), ("unit", "target and LUN number")]
            where own[key] != reference[key] {
                verdicts[peer.name] = .refused(
                    "not the same LUN: its \(what) is \(own[key] ?? "unknown") there, and \(reference[key] ?? "unknown") "
                        + "on \(first.name)")
            }
        }
        return verdicts.values.contains { $0 != .satisfied } ? verdicts : nil
    }

    private func alone(_ observation: Observation) -> Verdict {
        let facts = observation.facts
        guard observation.code == ScriptPrelude.satisfied else { return observation.verdict }
        guard facts["seen"] == "yes" else {
            let visible = facts["visible"] ?? ""
            return .refused("\(lun.title) is not there; this node sees \(visible.isEmpty ? "no LUN at all" : visible)")
        }
        if let others = facts["others"], !others.isEmpty {
            return .refused(
                "the same LUN is there more than once, as \(facts["paths"] ?? ""), without multipath above it; log out "
                    + "of the portals that are not needed, or set up multipathd")
        }
        if facts["transport"] != "iscsi" {
            return .refused("\(facts["device"] ?? "it") is no iSCSI disk, but one of this node")
        }
        if facts["read-only"] != "0" { return .refused("\(lun.title) is read-only") }
        if facts["size"].flatMap(Int.init) ?? 0 <= 0 { return .refused("\(lun.title) has no size") }
        return .satisfied
    }

    /// What the marks must begin with: another LUN, size or set of nodes needs another proof.
    private func mark(_ observations: [NodeName: Observation]) -> String {
        let facts = peers.first.flatMap { observations[$0.name] }?.facts ?? [:]
        let parts = peers.map(\.name.text) + [facts["wwid"] ?? "", facts["size"] ?? "", facts["unit"] ?? ""]
        return SHA256.hash(data: Data(parts.joined(separator: "\n").utf8)).hex.prefix(32) + " "
    }

    package func perform(
        on node: NodeName, _ observations: [NodeName: Observation], in context: any ProcedureContext
    ) async throws(ProcedureFailure) -> [String: String] {
        let proof = try await ReservationProof(lun: lun, nodes: peers.map(\.name)).run(in: context)
        let text = mark(observations) + proof
        let script = Script(
            """
            \(lun.findFunction)
            lun_find || refuse 'the LUN is gone'
            mkdir -p /var/lib/harun/luns && printf '%s\\n' \(text.shellQuoted) >"/var/lib/harun/luns/$WWID"
            """)
        for peer in peers {
            let answer = Observation(result: try await context.run(script, on: peer.name))
            guard answer.verdict == .satisfied else {
                throw ProcedureFailure("\(peer.name): the proof could not be noted: \(answer.verdict.reason)")
            }
        }
        return ["proof": proof]
    }
}

extension Sequence<UInt8> {
    /// The bytes as hexadecimal digits in small letters.
    var hex: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
