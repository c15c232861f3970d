package import Documents
import Settings
import Transport

/// Names one LUN without a kernel name: by portal, target and number, or by its WWID.
///
/// `/dev/sdb` may be another disk after the next boot or on the other node; the WWID is the LUN's own. Two boxes may
/// have one target name (a NAS and its replica), and two disks one WWID (a clone): so the session, its portal, the
/// target and the LUN name the disk together, and whatever is ambiguous refuses.
package struct LUNReference: Sendable, Hashable {
    /// The iSCSI session that a LUN is reached through.
    package struct Session: Sendable, Hashable {
        let portal: Portal
        let target: String
    }

    package enum Name: Sendable, Hashable {
        /// With the WWID that it must have, where that is known too.
        case number(Int, of: Session, wwid: String? = nil)
        /// `0x` and hex digits, as udev writes it in `/dev/disk/by-id/wwn-…`; of that session where one is given.
        case wwid(String, of: Session? = nil)
    }

    package var name: Name

    package init(_ name: Name) { self.name = name }

    /// Reads `portal`, `target` and `lun`, or `wwid`, or all of them, from a step's `with` table.
    package init?(reading with: TableReader) {
        let hasPortal = with.value("portal") != nil
        let portal = hasPortal ? Portal(reading: with) : nil
        if hasPortal, portal == nil { return nil }
        let target = with.string("target")
        let number = with.integer("lun", in: 0...16383)
        let wwid = with.checked("wwid", LogicalUnit.identity)
        if wwid == nil, with.value("wwid") != nil { return nil }
        var session: Session?
        if let portal, let target { session = Session(portal: portal, target: target) }
        switch (number, wwid, session) {
        case (.some(let number), _, .some(let session)): name = .number(number, of: session, wwid: wwid)
        case (nil, .some(let wwid), _): name = .wwid(wwid, of: session)
        default:
            with.fail("a LUN needs `wwid`, or `portal`, `target` and `lun`", at: with.location)
            return nil
        }
    }

    /// For people: `LUN 1 of iqn.…`.
    package var title: String {
        switch name {
        case .number(let number, let session, _): "LUN \(number) of \(session.target)"
        case .wwid(let wwid, _): "LUN \(wwid)"
        }
    }

    /// Everything that was written down to find it, for what must hold for this name alone.
    var identity: String {
        switch name {
        case .number(let number, let session, let wwid):
            "\(session.portal) \(session.target) \(number) \(wwid ?? "")"
        case .wwid(let wwid, let session): "\(session.map { "\($0.portal) \($0.target) " } ?? "")\(wwid)"
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
        case .wwid(let wwid, nil):
            """
            lun_find() {
                WWID=\(wwid.shellQuoted); LUN=/dev/disk/by-id/wwn-$WWID
                [ -b "$LUN" ] && DEV=$(readlink -f "$LUN")
            }
            """
        case .wwid(let wwid, .some(let session)):
            find(
                in: session, units: "\"$lun_session\"/device/target*/*:*/block/*",
                match: "[ \"$lun_id\" = \(wwid.shellQuoted) ] || continue", wwid: nil)
        // A number beyond 255 may arrive with the bits of the flat address method (SAM-5, 4.7.7.3).
        case .number(let number, let session, let wwid):
            find(
                in: session,
                units: "\"$lun_session\"/device/target*/*:\(number)/block/*"
                    + (number > 255 ? " \"$lun_session\"/device/target*/*:\(number + 16384)/block/*" : ""),
                match: """
                    case $lun_id in 0x*) ;; *) lun_unnamed=${lun_id:-nothing}; continue;; esac
                                [ "${WWID:=$lun_id}" = "$lun_id" ] || refuse \("\(title) is two disks, with the WWIDs".shellQuoted) "$WWID and $lun_id"
                    """, wwid: wwid)
        }
    }

    private func find(in session: Session, units: String, match: String, wwid: String?) -> String {
        let isNumber = if case .number = name { true } else { false }
        let unseen = isNumber ? "[ -z \"$lun_unnamed\" ] || refuse \(unnamed.shellQuoted) \"$lun_unnamed\"; " : ""
        let check =
            wwid.map {
                "[ \"$WWID\" = \($0.shellQuoted) ] || refuse \"\(title) at \(session.portal) has the WWID $WWID, and not \($0) as the inventory says\"\n    "
            } ?? ""
        return """
            lun_find() {
                DEV=; LUN=; WWID=; lun_unnamed=; lun_disks=' '
                lun_host=\(session.portal.host.shellQuoted)
                \(session.portal.isName ? "lun_host=$(getent ahosts \"$lun_host\") || return 1; lun_host=${lun_host%% *}\n    " : "")for lun_session in /sys/class/iscsi_session/session*; do
                    [ -e "$lun_session" ] || continue
                    read -r lun_word <"$lun_session/targetname" || continue
                    [ "$lun_word" = \(session.target.shellQuoted) ] || continue
                    lun_at=
                    for lun_connection in "/sys/class/iscsi_connection/connection${lun_session##*/session}:"*; do
                        [ -e "$lun_connection" ] || continue
                        read -r lun_word <"$lun_connection/persistent_address" || continue
                        [ "$lun_word" = "$lun_host" ] || continue
                        read -r lun_word <"$lun_connection/persistent_port" || continue
                        [ "$lun_word" != \(session.portal.port) ] || lun_at=here
                    done
                    [ -n "$lun_at" ] || continue
                    for lun_at in \(units); do
                        [ -e "$lun_at" ] || continue
                        lun_id=; read -r lun_id <"${lun_at%/block/*}/wwid" || :
                        case $lun_id in naa.*) lun_id=0x${lun_id#naa.};; esac
                        \(match)
                        WWID=$lun_id; lun_disks="$lun_disks${lun_at##*/} "
                    done
                done
                [ -n "$WWID" ] || { \(unseen)return 1; }
                \(check)LUN=/dev/disk/by-id/wwn-$WWID
                [ -b "$LUN" ] || return 1
                DEV=$(readlink -f "$LUN")
                case $lun_disks in *" ${DEV##*/} "*) return 0;; esac
                for lun_at in $lun_disks; do [ ! -e "/sys/class/block/${DEV##*/}/slaves/$lun_at" ] || return 0; done
                refuse "two disks have the WWID $WWID: ${lun_disks# }is \(title) at \(session.portal), and $LUN leads to ${DEV##*/}"
            }
            """
    }
}
