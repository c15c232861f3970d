/// Shell source that finds out what is on a disk, and the reading of its report.
///
/// `blkid` ends with 2 for an empty disk and for one that is not there alike, and a killed `mkfs` leaves
/// no signature: so emptiness takes a positive answer of `wipefs` and zeros that were really read, all of them, which
/// is for ``DiskScan`` to do; a probe has no time for it and looks at some places only.
struct DiskExamination: Sendable, Hashable {
    /// Defines `examine`, which looks at `DEV` and writes nothing.
    ///
    /// `DEV` is a kernel name such as `/dev/sdb`. `SIZE` becomes its bytes, and `found` one of
    ///
    /// - `busy WHY`: mounted, swap, partitioned, held or open
    /// - `signature WHAT`: something is on it, with `TYPE` and `UUID` where it is a file system
    /// - `data WHERE`: no signature, but not all zero
    /// - `unreadable WHY`
    /// - `blank`: no signature, and zeros wherever it looked, which proves nothing yet
    static let function = """
        examine() {
            found=; TYPE=; UUID=; SIZE=0; used=
            block=/sys/class/block/${DEV##*/}
            read -r number <"$block/dev" || { found='unreadable it is no block device'; return; }
            read -r sectors <"$block/size" && SIZE=$((sectors * 512))
            [ "$SIZE" -gt 0 ] || { found='unreadable it has no size'; return; }
            for entry in "$block/holders"/*; do
                [ ! -e "$entry" ] || used="${entry##*/} is built on it"
            done
            numbers=" $number "
            for entry in "$block/${DEV##*/}"*/partition; do
                [ -e "$entry" ] || continue
                entry=${entry%/partition}; used="it has the partition ${entry##*/}"
                read -r number <"$entry/dev" && numbers="$numbers$number "
            done
            while read -r _ _ number _ mount _; do
                case $numbers in *" $number "*) used="it is mounted at $mount";; esac
            done </proc/self/mountinfo
            while read -r path _; do
                case $path in "$DEV"|"$DEV"[0-9]*|"$DEV"p[0-9]*) used="$path is swap";; esac
            done </proc/swaps
            # The superblock decides also for a busy disk: a mounted file system may be the planned one.
            wiped=$(wipefs -n -J "$DEV" 2>&1) || { found="unreadable wipefs says: $wiped"; return; }
            set -f; flat=; for word in $wiped; do flat=$flat$word; done; set +f
            probed=$(blkid -p -o export "$DEV" 2>&1); rc=$?
            case $rc in
            0)
                while IFS='=' read -r key value; do
                    case $key in
                    TYPE) TYPE=$value;;
                    UUID) UUID=$value;;
                    PTTYPE) [ -n "$TYPE" ] || TYPE="$value partition table";;
                    esac
                done <<END
        $probed
        END
                found="signature ${TYPE:-unknown} ${UUID:-without UUID}";;
            2) ;;
            8) found='signature several, which contradict one another';;
            *) found="unreadable blkid ends with $rc";;
            esac
            case $flat in
            '{"signatures":[]}') ;;
            *) [ -n "$found" ] || found="signature $flat";;
            esac
            [ -n "$found" ] || sample
            case $found in
            blank|data*)
                case $used in '')
                    # Somebody with an open descriptor may write at any moment; what udev opens is gone at once.
                    udevadm settle --timeout=30
                    case $(ls -l /proc/[0-9]*/fd 2>/dev/null) in
                    *" -> $DEV"|*" -> $DEV
        "*) used="a process has it open";;
                    esac;;
                esac
                [ -z "$used" ] || found="busy $used";;
            esac
        }
        # Is the piece from $1 MiB on, $2 bytes long, all zero? Past the page cache: the disk itself is asked.
        zero() {
            set -- "$1" "$2" "$((($2 + 1048575) / 1048576))"
            dd if="$DEV" bs=1048576 skip="$1" count="$3" iflag=direct status=none | cmp -s -n "$2" - /dev/zero && return 0
            if [ "$(dd if="$DEV" bs=1048576 skip="$1" count="$3" iflag=direct status=none | wc -c)" -ge "$2" ]; then
                found="data from $1 MiB on"
            else
                found="unreadable it cannot be read from $1 MiB on"
            fi
            return 1
        }
        # Both ends, where labels and tables of all kinds are, and a random choice of what lies between.
        sample() {
            mebibytes=$((SIZE / 1048576))
            if [ "$mebibytes" -le 48 ]; then
                zero 0 "$SIZE" || return 0
            else
                zero 0 16777216 || return 0
                zero "$((mebibytes - 16))" "$((SIZE - (mebibytes - 16) * 1048576))" || return 0
                for random in $(od -An -N96 -tu4 /dev/urandom); do
                    zero "$((16 + random % (mebibytes - 32)))" 1048576 || return 0
                done
            fi
            found=blank
        }
        """

    /// Reports what `examine` found as facts.
    static let report = """
        examine
        fact size "$SIZE"
        fact found "$found"
        fact type "$TYPE"
        fact uuid "$UUID"
        fact used "$used"
        """

    /// What is on the disk, in a form to judge by.
    enum Content: Sendable, Hashable {
        case blank
        /// Not zero, and nobody's signature.
        case data(String)
        case signature(type: String, uuid: String, what: String)
        case busy(String)
        case unreadable(String)
    }

    var content: Content
    /// Why the disk counts as in use, empty where it does not.
    var used: String

    /// Reads the facts; a report in any other form counts as unreadable, never as blank.
    init(_ facts: [String: String]) {
        used = facts["used"] ?? ""
        let words = (facts["found"] ?? "").split(separator: " ", maxSplits: 1).map(String.init)
        let rest = words.count > 1 ? words[1] : ""
        switch words.first {
        case "blank" where rest.isEmpty: content = .blank
        case "data": content = .data(rest)
        case "signature":
            content = .signature(type: facts["type"] ?? "", uuid: facts["uuid"] ?? "", what: rest)
        case "busy": content = .busy(rest)
        case "unreadable": content = .unreadable(rest)
        default: content = .unreadable("the report is \"\(facts["found"] ?? "missing")\"")
        }
    }
}
