package import Documents
package import Transport

/// Makes one ext4 file system on the shared LUN, from one node, and only on a disk that is proven empty
/// and proven the same on every node.
///
/// There is no parameter that formats anything else, and no undo: what was written over is gone.
package struct FileSystemMake: Action {
    package static let kind = "fs.make"

    let cluster: String
    let lun: LUNReference
    let mayFormat: Bool
    /// Whether the inventory does without fencing.
    let isUnfenced: Bool
    let peers: [Peer]

    package let stepClass = StepClass.destructive
    package let undo = Undo.impossible(
        "a file system cannot be taken back; harun never wipes a disk. Where the disk was empty before, nothing is lost"
    )
    package let scope = Scope.fleet

    package var summary: String {
        mayFormat
            ? "make an ext4 file system on \(lun.title), once, if it is proven empty"
            : "check that every node sees the same ext4 file system on \(lun.title)"
    }

    package init?(reading with: TableReader, peers: [Peer]) {
        let cluster = with.requiredString("cluster")
        let lun = LUNReference(reading: with)
        _ = with.word("filesystem", of: ["ext4"])
        _ = with.string("mount")
        isUnfenced = with.string("fencing") == "none"
        let format = with.word("format", of: ["never", "if-empty"])
        guard let cluster, let lun, with.value("format") == nil || format != nil else { return nil }
        self.cluster = cluster
        self.lun = lun
        self.mayFormat = format == "if-empty"
        self.peers = peers
    }

    /// The only node that ever formats: the first of the inventory, whichever nodes the step is for.
    var formatter: NodeName? { peers.first?.name }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(lun.findFunction)
            \(DiskExamination.function)
            \(FileSystemScript.functions())
            lun_find || { fact seen no; satisfied; }
            fact seen yes
            fact wwid "$WWID"
            read -r ro <"/sys/class/block/${DEV##*/}/ro"; fact read-only "$ro"
            \(DiskExamination.report)
            running && fact mkfs "$pid"
            foreign && fact keys "$keys"
            mark
            fact mark "$mark"
            fact mark.age "$age"
            satisfied
            """, timeout: .seconds(180))
    }

    /// The disk itself is what it says: empty as a whole, or with what a cut-off `mkfs` of this very step left on it.
    package func neededIsProof(_ observations: [NodeName: Observation]) -> Bool { true }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        FileSystemRules(self, observations).verdicts
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        let rules = FileSystemRules(self, observations)
        guard mayFormat, node == formatter, case .format(let uuid, let repeats) = rules.decision else { return nil }
        return Script(
            """
            \(lun.findFunction)
            \(DiskExamination.function)
            \(FileSystemScript.functions())
            lun_find || refuse 'the LUN is gone'
            [ "$WWID" = \(rules.wwid.shellQuoted) ] || refuse "this is another LUN by now: $WWID"
            \(FileSystemScript.format(uuid: uuid, isRepeated: repeats, isUnfenced: isUnfenced))
            """, timeout: .seconds(3600), isLong: true)
    }

    package func settle(_ node: NodeName) -> Script? {
        Script(
            """
            \(lun.findFunction)
            lun_find || exit 1
            blockdev --flushbufs "$DEV"
            udevadm trigger -c change --name-match="$DEV" && udevadm settle --timeout=60
            """, timeout: .seconds(90))
    }
}
