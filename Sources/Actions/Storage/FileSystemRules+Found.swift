import Steps
import Transport

/// A file system that is there already is accepted only where nobody else can be using it.
extension FileSystemRules {
    /// What is to be done about an ext4 file system that every node shows with this UUID.
    func found(_ uuid: String) -> Decision {
        if let obstacle = danger() { return .no(obstacle) }
        let owners = Set(nodes.map { fact("owner", $0) })
        guard owners.count == 1, let owner = owners.first else {
            return refuse(
                "the nodes read different marks of clusters from it: \(owners.sorted().joined(separator: ", "))")
        }
        if owner == ClusterIdentity.unreadable {
            return refuse(
                "whether the file system carries the mark of a cluster cannot be read; look at it with debugfs")
        }
        if !owner.isEmpty, owner != id {
            return refuse(
                "the file system belongs to another cluster, with the identity \(owner), and this one's is \(id ?? "not given yet"). "
                    + "If that cluster is gone for good, type on \(nodes[0]): debugfs -w -R "
                    + "'ea_rm / \(ClusterIdentity.attribute)' /dev/disk/by-id/wwn-\(wwid)")
        }
        let holders = mounted
        var adoption = FileSystemScript.Adoption(uuid: uuid, takes: owner.isEmpty, protection: nil)
        if let wanted = action.protection, nodes.contains(where: { (fact("mmp", $0) == "on") != wanted }) {
            adoption.protection = wanted
        }
        if let holder = holders.first {
            // The cluster that has it mounted is this one; its mark comes when the file system is next free.
            guard let wanted = adoption.protection else { return .done }
            return refuse(
                "multiple mount protection is to be \(wanted ? "on" : "off"), and can be changed only while no node has the "
                    + "file system mounted; it is mounted on \(holder). Stop what uses it there and run again, or write "
                    + "mmp = \(!wanted) in [storage]")
        }
        if !adoption.takes, adoption.protection == nil { return .done }
        if adoption.takes, let reserved = reserved() { return .no(reserved) }
        if let why = proof.obstacle(isOurs: !adoption.takes) { return refuse(why) }
        guard id != nil else { return refuse("the nodes have no cluster identity yet; \(LUNProof.mustComeFirst)") }
        return .adopt(adoption)
    }

    /// Why the step changes a file system that is there.
    func why(_ adoption: FileSystemScript.Adoption) -> String {
        var reasons: [String] = []
        if adoption.takes { reasons.append("the file system does not carry this cluster's mark yet") }
        if let wanted = adoption.protection {
            reasons.append("multiple mount protection is \(wanted ? "off" : "on")")
        }
        return reasons.joined(separator: ", and ")
    }

    private var mounted: [NodeName] { nodes.filter { fact("ext4.mounted", $0) == "yes" } }

    private func fact(_ key: String, _ node: NodeName) -> String { observations[node]?.facts[key] ?? "" }

    private func refuse(_ why: String) -> Decision { .no(action.peers.all(.refused(why))) }

    /// What speaks against touching it at all; nil where nothing does.
    private func danger() -> [NodeName: Verdict]? {
        let disk = "/dev/disk/by-id/wwn-\(wwid)"
        let holders = mounted
        if holders.count > 1 {
            return action.peers.all(
                .refused(
                    "it is mounted on \(holders.listed) at once, which destroys it; unmount it everywhere but on one"))
        }
        for node in nodes {
            switch fact("ext4", node) {
            case "clean", "recovery": continue
            case "error":
                return action.peers.all(
                    .refused(
                        "the file system has errors, as its superblock says; stop what uses it and type on \(nodes[0]): "
                            + "e2fsck -f -p \(disk)"))
            case "fsck":
                let host = fact("mmp.holder", node)
                return action.peers.all(
                    .refused(
                        "multiple mount protection notes that \(host.isEmpty ? "a host" : host) is checking the file system. A check that "
                            + "was cut off leaves this mark, and no mount and no e2fsck goes past it. Where none runs on any host, "
                            + "type on \(nodes[0]): tune2fs -f -E clear_mmp \(disk) && e2fsck -f -p \(disk)"))
            case let other:
                return action.peers.all(
                    .refused("the superblock cannot be read on \(node)\(other.isEmpty ? "" : ": \(other)")"))
            }
        }
        guard holders.isEmpty, let node = nodes.first(where: { fact("ext4", $0) == "recovery" }) else { return nil }
        let holder = fact("mmp.holder", node)
        let who =
            holder.isEmpty
            ? "another host may have it mounted" : "\(holder) has it mounted, as multiple mount protection says"
        return action.peers.all(
            .refused(
                "the file system is marked as in use (needs_recovery), which a mounted ext4 always is, and no node of this "
                    + "inventory has it mounted: \(who), or it was not unmounted in order. Look at every host that the target "
                    + "lets in, and unmount it there. Where none has it, and the cluster was cut off: start the cluster, or "
                    + "type on \(nodes[0]): e2fsck -p \(disk)"))
    }
}
