package import Documents
import Foundation
package import Steps
package import Transport

/// Proves that every node sees one and the same LUN, before anybody writes to it.
///
/// The same WWID is not proof: some targets derive it from numbers, and cloned LUNs keep it. A
/// reservation key that one node registers and all others can read is; the key is taken away again,
/// nothing of the LUN's content is touched.
///
/// The note of it on every node (``LUNProof``) names the iSCSI sessions. On a disk that this cluster uses already a note
/// of earlier sessions will do, since nothing is written over there; any other disk is proven again after every login.
/// With it the nodes get the identity of their cluster (``ClusterIdentity``), which the disks will carry.
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
            \(LUNProof.function)
            \(LUNProof.report)
            \(ClusterIdentity.markFunction)
            disk_mark
            fact mark "$MARK"
            satisfied
            """)
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacle = identity(observations) { return obstacle }
        let nodes = peers.map(\.name)
        let id: String?
        switch ClusterIdentity.common(observations, nodes) {
        case .success(let common): id = common
        case .failure(let dispute): return peers.all(.refused(dispute.reason))
        }
        let proof = LUNProof(lun, on: nodes, observations)
        let isOurs = id != nil && nodes.allSatisfy { observations[$0]?.facts["mark"] == id }
        return Dictionary(
            uniqueKeysWithValues: nodes.map { node in
                if !proof.isNoted(on: node) {
                    return (node, .needed("the WWID is the same everywhere; not yet proven with a reservation key"))
                }
                if !isOurs, !proof.isFresh(on: node) {
                    return (
                        node, .needed("it was proven through an earlier iSCSI session, and the disk is not in use yet")
                    )
                }
                let hasIdentity = observations[node]?.facts["cluster.id"]?.isEmpty == false
                return (node, hasIdentity ? .satisfied : .needed("the node does not know its cluster's identity yet"))
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

    package func perform(
        on node: NodeName, _ observations: [NodeName: Observation], in context: any ProcedureContext
    ) async throws(ProcedureFailure) -> [String: String] {
        let nodes = peers.map(\.name)
        let proof = try await ReservationProof(lun: lun, nodes: nodes).run(in: context)
        let text = LUNProof(lun, on: nodes, observations).mark + " " + proof
        let id: String
        switch ClusterIdentity.common(observations, nodes) {
        case .success(let common): id = common ?? UUID().uuidString.lowercased()
        case .failure(let dispute): throw ProcedureFailure(dispute.reason)
        }
        for peer in peers {
            let script = note(text, id: id, sessions: observations[peer.name]?.facts["sessions"] ?? "")
            let answer = Observation(result: try await context.run(script, on: peer.name))
            guard answer.verdict == .satisfied else {
                throw ProcedureFailure("\(peer.name): the proof could not be noted: \(answer.verdict.reason)")
            }
        }
        return ["proof": proof]
    }

    /// Notes the proof of the sessions that were there before it, and the cluster's identity where there is none yet.
    private func note(_ text: String, id: String, sessions: String) -> Script {
        Script(
            """
            \(lun.findFunction)
            lun_find || refuse 'the LUN is gone'
            \(LUNProof.function)
            lun_proof
            [ "$SESSIONS" = \(sessions.shellQuoted) ] || refuse 'its iSCSI session changed meanwhile; run it again'
            file=/var/lib/harun/luns/$WWID
            mkdir -p "${file%/*}" || exit 1
            [ -n "$CLUSTER" ] || { echo \(id) >\(ClusterIdentity.file).new && sync \(ClusterIdentity.file).new &&
                mv \(ClusterIdentity.file).new \(ClusterIdentity.file) && CLUSTER=\(id); }
            [ "$CLUSTER" = \(id) ] || refuse "this node belongs to another cluster: $CLUSTER"
            printf '%s\\n' \(text.shellQuoted) "$SESSIONS" >"$file.new" && sync "$file.new" && mv "$file.new" "$file"
            """)
    }
}

extension Sequence<UInt8> {
    /// The bytes as hexadecimal digits in small letters.
    var hex: String { map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
