package import Documents
package import Steps
package import Transport

/// Writes SBD's header on the fencing disk, once, and only where the disk is proven empty on every node.
///
/// The header overwrites the beginning of the disk, so a wrong LUN here costs its data. The disk must be
/// the same on every node and as empty as one that gets a file system; the node that writes reads all of it in the
/// same script. A header that is there already is taken over where its timeouts are the wanted ones and no other
/// node ever used it, nor another cluster: its identity has a slot of its own (``ClusterIdentity``), since two clusters
/// may have nodes of the same names, and would shoot each other's.
package struct SBDHeaderAction: Action {
    package static let kind = "sbd.header"
    private let lun: LUNReference
    private let timeouts: SBDTimeouts
    private let peers: [Peer]

    package var summary: String { "write SBD's header on \(lun.title), once, if every byte of it is zero" }
    package var stepClass: StepClass { .destructive }
    package var undo: Undo { .impossible("the header stays on the fencing disk; it does no harm there") }
    package var scope: Scope { .fleet }

    package init?(reading with: TableReader, peers: [Peer]) {
        _ = with.string("cluster")
        let lun = LUNReference(reading: with)
        let timeouts = SBDTimeouts(reading: with)
        self.peers = peers
        guard let lun, let timeouts else { return nil }
        self.lun = lun
        self.timeouts = timeouts
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(lun.findFunction)
            lun_find || refuse \("this node does not see \(lun.title)".shellQuoted)
            command -v sbd >/dev/null || refuse 'sbd is not installed'
            \(LUNProof.function)
            fact wwid "$WWID"; fact device "$LUN"
            read -r size <"/sys/class/block/${DEV##*/}/size" && fact size "$((size * 512))"
            \(LUNProof.report)
            while read -r line; do
                [ "$line" != "SBD_DEVICE=\\"$LUN\\"" ] || fact configured yes
            done 2>/dev/null </etc/default/sbd
            \(FileSystemScript.functions())
            foreign && fact keys "$keys"
            if dump=$(sbd -d "$LUN" dump 2>/dev/null); then
                list=$(sbd -d "$LUN" list 2>/dev/null) || refuse 'the slots of the SBD header cannot be read'
                printf '%s\\n' "$dump" | blob dump
                printf '%s\\n' "$list" | blob list
                satisfied
            fi
            \(DiskExamination.function)
            examine
            if [ "$found" = blank ]; then fact blank yes; else fact trouble "$found"; fi
            satisfied
            """, timeout: .seconds(180))
    }

    /// The disk itself is what it says: a header that was begun is data on it, and that is refused.
    package func neededIsProof(_ observations: [NodeName: Observation]) -> Bool { true }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        rules(observations).verdicts
    }

    private func rules(_ observations: [NodeName: Observation]) -> SBDHeaderRules {
        SBDHeaderRules(lun, timeouts: timeouts, on: peers, observations)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        let rules = rules(observations)
        // One writer, whatever nodes a runbook names: two headers written at once would be one broken header.
        guard node == peers.first?.name, let wwid = observations[node]?.facts["wwid"] else { return nil }
        let work: String
        let owner: String
        var limit = Duration.seconds(300)
        switch rules.decision {
        case .create(let id, let size):
            work = create(size: size)
            owner = id
            limit = DiskScan.limit(bytes: size)
        case .mark(let id, let header):
            work = recheck(header, id: id)
            owner = id
        case .done, .no: return nil
        }
        return Script(
            """
            \(lun.findFunction)
            lun_find || refuse 'the disk is gone'
            [ "$WWID" = \(wwid.shellQuoted) ] || refuse "it is another disk now: $WWID"
            \(FileSystemScript.functions())
            \(rules.proof.check())
            \(work)
            sbd -d "$LUN" allocate \((ClusterIdentity.slot + owner).shellQuoted) && blockdev --flushbufs "$DEV"
            """, timeout: limit, isLong: true)
    }

    private func create(size: Int) -> String {
        """
        ! sbd -d "$LUN" dump >/dev/null 2>&1 || refuse 'it has an SBD header meanwhile'
        \(DiskExamination.function)
        \(DiskScan.function)
        look() {
            proven
            foreign && refuse "somebody has registered reservation keys on this disk: $keys"
            examine
            [ "$found" = blank ] || refuse "the disk is not empty: $found"
            [ "$SIZE" = \(size) ] || refuse "its size is $SIZE bytes by now"
        }
        look
        scan
        [ "$found" = empty ] || refuse "the disk is not empty: $found"
        look
        sbd -d "$LUN" -1 \(timeouts.watchdog) -4 \(timeouts.msgwait) create || exit 1
        """
    }

    /// Looks once more at the header that was judged, right before it is marked.
    private func recheck(_ header: String, id: String) -> String {
        """
        foreign && refuse "somebody has registered reservation keys on this disk: $keys"
        uuid=
        while read -r word colon value; do
            [ "$word $colon" != 'UUID :' ] || uuid=$value
        done <<END
        $(sbd -d "$LUN" dump)
        END
        [ "$uuid" = \(header.shellQuoted) ] || refuse "there is another SBD header by now: ${uuid:-none}"
        slots=$(sbd -d "$LUN" list) || refuse 'the slots of the SBD header cannot be read'
        while read -r _ name _; do
            case $name in
            \(ClusterIdentity.slot)\(id)) ;;
            \(ClusterIdentity.slot)*) refuse "the SBD header belongs to another cluster by now: $name";;
            esac
        done <<END
        $slots
        END
        """
    }
}
