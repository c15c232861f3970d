import Steps
import Transport

/// Which cluster the nodes and their disks belong to: a random UUID, since two clusters may have one name.
///
/// ``LUNProve`` gives it to all nodes; a disk that the cluster takes for itself carries it from then on, readable
/// without a mount: an ext4 file system as an extended attribute of its root folder, an SBD disk as a slot's name.
enum ClusterIdentity {
    static let file = "/var/lib/harun/cluster-id"
    static let attribute = "trusted.harun.cluster"
    /// What a slot of SBD that is no node's is called: `harun-UUID`.
    static let slot = "harun-"

    /// What `ext4_mark` says where it cannot tell.
    static let unreadable = "unreadable"

    /// Defines `ext4_mark` and `disk_mark`, which set `MARK` to the identity on `DEV`, or to nothing.
    ///
    /// `ext4_mark` is for a file system: no mark is an answer only where debugfs has looked for it and says so, anything
    /// else is `unreadable`. Another node may have it mounted and write to it meanwhile: of 150 readings beside small
    /// writes 29 met a bitmap whose checksum was not there yet, so `-c` reads no bitmaps, and what is left is read again.
    /// `disk_mark` is for whatever the disk may be, and what it does not find need not be absent.
    static let markFunction = """
        ext4_mark() {
            mark_tries=3
            while :; do
                MARK=$(debugfs -c -R 'ea_get -V / \(attribute)' "$DEV" 2>/dev/null) || MARK=
                # It also prints what else there is in place of a file system.
                case $MARK in *[!0-9A-Za-z-]*) MARK=\(unreadable);; esac
                [ -z "$MARK" ] || return 0
                mark_said=$(LC_ALL=C debugfs -c -R 'ea_get -V / \(attribute)' "$DEV" 2>&1)
                mark_tries=$((mark_tries - 1))
                case $mark_tries:$mark_said in
                *'attribute key not found'*) return 0;;
                [1-9]:*checksum*) sleep 0.2;;
                *) MARK=\(unreadable); return 0;;
                esac
            done
        }
        disk_mark() {
            ext4_mark
            [ "$MARK" = \(unreadable) ] || return 0
            MARK=
            command -v sbd >/dev/null || return 0
            while read -r _ name _; do
                case $name in \(slot)*) MARK=${name#\(slot)};; esac
            done <<END
        $(sbd -d "$DEV" list 2>/dev/null)
        END
        }
        """

    /// The identity that the nodes have, nil where none has one yet.
    ///
    /// - Returns: `.failure` with the nodes' verdicts where they have several.
    static func common(_ observations: [NodeName: Observation], _ nodes: [NodeName]) -> Result<String?, Dispute> {
        let ids = nodes.compactMap { node in
            observations[node]?.facts["cluster.id"].flatMap { $0.isEmpty ? nil : (node, $0) }
        }
        guard let first = ids.first else { return .success(nil) }
        if let other = ids.first(where: { $0.1 != first.1 }) {
            return .failure(
                Dispute(
                    reason:
                        "\(other.0) belongs to another cluster than \(first.0), by \(file) there; if it has left that "
                        + "cluster for good, type on it: rm \(file)"))
        }
        return .success(first.1)
    }

    struct Dispute: Error { var reason: String }

    /// The identity where every node has the same one.
    static func agreed(_ observations: [NodeName: Observation], _ nodes: [NodeName]) -> String? {
        let ids = Set(nodes.map { observations[$0]?.facts["cluster.id"] ?? "" })
        return ids.count == 1 ? ids.first.flatMap { $0.isEmpty ? nil : $0 } : nil
    }
}
