package import Documents
import Transport

/// Names one LUN without a kernel name: by target and number, or by its WWID.
///
/// `/dev/sdb` may be another disk after the next boot or on the other node; the WWID is the LUN's own.
package struct LUNReference: Sendable, Hashable {
    package enum Name: Sendable, Hashable {
        case number(Int, target: String)
        /// `0x` and hex digits, as udev writes it in `/dev/disk/by-id/wwn-…`.
        case wwid(String)
    }

    package var name: Name

    package init(_ name: Name) { self.name = name }

    /// Reads `target` with `lun`, or `wwid`, from a step's `with` table.
    package init?(reading with: TableReader) {
        let target = with.string("target")
        let number = with.integer("lun", in: 0...16383)
        let wwid = with.string("wwid")
        switch (number, wwid, target) {
        case (_, .some(let wwid), _): name = .wwid(wwid)
        case (.some(let number), nil, .some(let target)): name = .number(number, target: target)
        default:
            with.fail("a LUN needs `wwid`, or `target` and `lun`", at: with.location)
            return nil
        }
    }

    /// For people: `LUN 1 of iqn.…`.
    package var title: String {
        switch name {
        case .number(let number, let target): "LUN \(number) of \(target)"
        case .wwid(let wwid): "LUN \(wwid)"
        }
    }

    private var unnamed: String {
        "\(title) has no NAA identifier, and harun tells disks apart by no other; set one up on the target, which reports:"
    }

    /// Shell source that defines `lun_find`.
    ///
    /// It sets `LUN` (`/dev/disk/by-id/wwn-0x…`, the name to use everywhere), `DEV` (today's kernel
    /// name, `/dev/sdb` or `/dev/dm-0`) and `WWID` (`0x…`), and answers non-zero where this node does
    /// not see the LUN, or refuses one that cannot be told apart. Only shell built-ins and `readlink`,
    /// since a process start can be slow.
    package var findFunction: String {
        switch name {
        case .wwid(let wwid):
            """
            lun_find() {
                WWID=\(wwid.lowercased().shellQuoted); LUN=/dev/disk/by-id/wwn-$WWID
                [ -b "$LUN" ] && DEV=$(readlink -f "$LUN")
            }
            """
        case .number(let number, let target):
            """
            lun_find() {
                unnamed=
                for link in /dev/disk/by-path/*-iscsi-\(target.shellQuoted)-lun-\(number); do
                    [ -b "$link" ] || continue
                    sd=$(readlink -f "$link")
                    read -r WWID <"/sys/block/${sd##*/}/device/wwid" || continue
                    case $WWID in naa.*) WWID=0x${WWID#naa.};; *) unnamed=$WWID; continue;; esac
                    LUN=/dev/disk/by-id/wwn-$WWID
                    [ -b "$LUN" ] && DEV=$(readlink -f "$LUN") && return 0
                done
                [ -z "$unnamed" ] || refuse \(unnamed.shellQuoted) "$unnamed"
                return 1
            }
            """
        }
    }
}
