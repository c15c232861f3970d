package import Documents
package import Transport

/// Writes SBD's header on the fencing disk, once, and only where the disk is proven empty on every node.
///
/// The header overwrites the beginning of the disk, so a wrong LUN here costs its data. The disk must be
/// the same on every node and as empty as one that gets a file system; the node that writes proves it
/// again in the same script. A header that is there already is taken over where its timeouts are the
/// wanted ones and no other node ever used it.
package struct SBDHeaderAction: Action {
    package static let kind = "sbd.header"

    private let lun: LUNReference
    private let timeouts: SBDTimeouts
    private let peers: [Peer]

    package var summary: String { "write SBD's header on \(lun.title)" }
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
            fact wwid "$WWID"; fact device "$LUN"
            read -r size <"/sys/class/block/${DEV##*/}/size" && fact sectors "$size"
            if dump=$(sbd -d "$LUN" dump 2>/dev/null); then
                printf '%s\\n' "$dump" | blob dump
                sbd -d "$LUN" list 2>/dev/null | blob list
                satisfied
            fi
            \(DiskExamination.function)
            examine
            if [ "$found" = empty ]; then fact empty yes; else fact trouble "$found"; fi
            satisfied
            """, timeout: .seconds(180))
    }

    /// The disk itself is what it says: a header that was begun is data on it, and that is refused.
    package func neededIsProof(_ observations: [NodeName: Observation]) -> Bool { true }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        for (key, what) in [("wwid", "WWID"), ("sectors", "size")] {
            let values = Set(observations.values.map { $0.facts[key] ?? "" })
            if values.count > 1 || values.contains("") {
                return peers.all(
                    .refused(
                        "the nodes do not see the same disk: its \(what) is \(values.sorted().joined(separator: ", "))")
                )
            }
        }
        let headers = observations.mapValues { observation in
            observation.facts["dump"].map { SBDHeader(dump: $0, list: observation.facts["list"] ?? "") }
        }
        let found = headers.compactMapValues { $0 }
        if found.isEmpty { return emptyOrNot(observations) }
        let whole = found.compactMapValues { $0 }
        guard whole.count == peers.count, Set(whole.values.map(\.uuid)).count == 1, let header = whole.values.first
        else { return peers.all(.refused("the nodes do not see the same SBD header on \(lun.title)")) }
        return peers.all(judge(header))
    }

    private func emptyOrNot(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        let troubles = observations.compactMapValues {
            $0.facts["empty"] == "yes" ? nil : $0.facts["trouble"] ?? "it is not proven empty"
        }
        if troubles.isEmpty { return peers.all(.needed("\(lun.title) is empty")) }
        return troubles.mapValues { .refused("\(lun.title) is not empty: \($0); harun never overwrites it") }
    }

    private func judge(_ header: SBDHeader) -> Verdict {
        let strangers = header.owners.filter { !peers.map(\.name.text).contains($0) }
        if !strangers.isEmpty {
            return .refused(
                "the SBD header on \(lun.title) belongs to another cluster: "
                    + "\(strangers.joined(separator: ", ")) used it")
        }
        if header.watchdogTimeout == timeouts.watchdog, header.msgwaitTimeout == timeouts.msgwait { return .satisfied }
        return .refused(
            "the SBD header on \(lun.title) has the timeouts \(header.watchdogTimeout) s and "
                + "\(header.msgwaitTimeout) s (watchdog, msgwait), not \(timeouts.watchdog) s and \(timeouts.msgwait) s; "
                + "a header in use is never rewritten")
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        // One writer, whatever nodes a runbook names: two headers written at once would be one broken header.
        guard node == peers.first?.name, let wwid = observations[node]?.facts["wwid"] else { return nil }
        return Script(
            """
            \(lun.findFunction)
            lun_find || refuse 'the disk is gone'
            [ "$WWID" = \(wwid.shellQuoted) ] || refuse "it is another disk now: $WWID"
            ! sbd -d "$LUN" dump >/dev/null 2>&1 || refuse 'it has an SBD header meanwhile'
            \(DiskExamination.function)
            examine
            [ "$found" = empty ] || refuse "$found"
            sbd -d "$LUN" -1 \(timeouts.watchdog) -4 \(timeouts.msgwait) create && blockdev --flushbufs "$DEV"
            """, timeout: .seconds(180))
    }
}
