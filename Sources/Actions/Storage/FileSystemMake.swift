package import Documents
package import Steps
package import Transport

/// Makes one ext4 file system on the shared LUN, from one node, and only on a disk that is proven empty
/// and proven the same on every node; or takes one that is there already for this cluster.
///
/// A file system that is there is looked at before it is accepted: not while another host may have it mounted, not with
/// errors, and not with the mark of another cluster. There is no undo: what was written over is gone.
package struct FileSystemMake: Action {
    package static let kind = "fs.make"

    enum Format: Sendable, Hashable {
        case never, ifEmpty
        /// Whatever is on the disk of that WWID, as long as it shows no signature, nobody uses it and nobody reserves it.
        case force(wwid: String)
    }

    let cluster: String
    let lun: LUNReference
    let format: Format
    /// The largest disk that is read to prove it empty, in bytes.
    let readLimit: Int
    /// Whether multiple mount protection must be on or off; nil where a file system that is there may have either.
    let protection: Bool?
    let peers: [Peer]

    package let stepClass = StepClass.destructive
    package let undo = Undo.impossible(
        "a file system cannot be taken back; harun never wipes a disk. Where the disk was empty before, nothing is lost"
    )
    package let scope = Scope.fleet

    package var summary: String {
        switch format {
        case .never:
            "check that every node sees the same ext4 file system on \(lun.title), and that nobody else uses it"
        case .ifEmpty: "make an ext4 file system on \(lun.title), once, if every byte of it is zero"
        case .force(let wwid):
            "make an ext4 file system on \(lun.title), once, whatever data without a signature \(wwid) holds"
        }
    }

    package init?(reading with: TableReader, peers: [Peer]) {
        let cluster = with.requiredString("cluster")
        let lun = LUNReference(reading: with)
        _ = with.word("filesystem", of: ["ext4"])
        _ = with.string("mount")
        let isUnfenced = with.string("fencing") == "none"
        protection = with.boolean("mmp") ?? (isUnfenced ? true : nil)
        readLimit = (with.byteCount("read_limit") ?? ByteCount(bytes: 1 << 40)).bytes
        let format = Self.format(with)
        guard let cluster, let lun, let format else { return nil }
        self.cluster = cluster
        self.lun = lun
        self.format = format
        self.peers = peers
    }

    private static func format(_ with: TableReader) -> Format? {
        guard let text = with.string("format") else { return with.value("format") == nil ? .never : nil }
        if let wwid = text.wholeMatch(of: /force:(0x[0-9A-Fa-f]+)/)?.1 { return .force(wwid: wwid.lowercased()) }
        guard let word = with.word("format", of: ["never", "if-empty", "force:<wwid>"]), word != "force:<wwid>" else {
            return nil
        }
        return word == "never" ? .never : .ifEmpty
    }

    /// The only node that ever writes: the first of the inventory, whichever nodes the step is for.
    var formatter: NodeName? { peers.first?.name }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(lun.findFunction)
            \(DiskExamination.function)
            \(FileSystemScript.functions())
            \(LUNProof.function)
            lun_find || { fact seen no; satisfied; }
            fact seen yes
            fact wwid "$WWID"
            read -r ro <"/sys/class/block/${DEV##*/}/ro"; fact read-only "$ro"
            \(LUNProof.report)
            \(DiskExamination.report)
            running && fact mkfs "$pid"
            foreign && fact keys "$keys"
            mark
            fact mark "$mark"
            fact mark.age "$age"
            [ "$TYPE" = ext4 ] || satisfied
            \(Ext4Superblock.function)
            \(Ext4Superblock.report)
            \(ClusterIdentity.markFunction)
            ext4_mark
            fact owner "$MARK"
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
        guard node == formatter, let id = rules.id else { return nil }
        let work: String
        var limit = Duration.seconds(3600)
        switch rules.decision {
        case .format(let uuid, let kind):
            work = """
                \(rules.proof.check())
                \(FileSystemScript.format(uuid: uuid, size: rules.size, id: id, kind: kind, isProtected: protection == true))
                """
            if kind == .proven { limit = DiskScan.limit(bytes: rules.size) }
        case .adopt(let adoption):
            work = """
                \(rules.proof.check(isOurs: !adoption.takes))
                \(FileSystemScript.adopt(adoption, id: id))
                """
        case .done, .reread, .no: return nil
        }
        return Script(
            """
            \(lun.findFunction)
            \(DiskExamination.function)
            \(FileSystemScript.functions())
            lun_find || refuse 'the LUN is gone'
            [ "$WWID" = \(rules.wwid.shellQuoted) ] || refuse "this is another LUN by now: $WWID"
            \(work)
            """, timeout: limit, isLong: true)
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
