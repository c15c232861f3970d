import Transport

/// The parts of ``FileSystemMake`` that write; they work on whatever disk `DEV`, `LUN` and `WWID` name.
enum FileSystemScript {
    /// Finds a `mkfs` that runs on this disk, the mark of one that was begun, and reservation keys.
    ///
    /// A key on an empty disk is somebody's who is about to use it, another cluster's fencing for example. Only a target
    /// that knows no keys (5 and 9, or no command for it) has none for certain where they cannot be read.
    ///
    /// The mark is written right before `mkfs` and removed when its result is proven. Without it, data
    /// without a signature is somebody's; with it, it can be what a killed `mkfs` left, since that
    /// writes the signature last. It counts for some hours only.
    ///
    /// - Parameter marks: the folder of the marks.
    static func functions(marks: String = "/var/lib/harun") -> String {
        """
        MARKS=\(marks.shellQuoted)
        \(ReservationProof.readKeys)
        foreign() {
            command -v sg_persist >/dev/null || return 1
            keys=
            read_keys || case $rc in
            5|9|127) return 1;;
            *) keys="unreadable, sg_persist ends with $rc";;
            esac
            [ -n "$keys" ]
        }
        running() {
            for comm in /proc/[0-9]*/comm; do
                { read -r name <"$comm"; } 2>/dev/null || continue
                case $name in mkfs.*|mke2fs) ;; *) continue;; esac
                pid=${comm#/proc/}; pid=${pid%/comm}
                case $(ls -l "/proc/$pid/fd" 2>/dev/null) in *" -> $DEV"*) return 0;; esac
            done
            return 1
        }
        mark() {
            mark=; age=; begun=
            [ ! -r "$MARKS/format-$WWID" ] || read -r mark begun <"$MARKS/format-$WWID" || return 0
            case ${begun:-x} in *[!0-9]*) mark=;; *) age=$(($(date +%s) - begun));; esac
        }
        """
    }

    /// What stands for the disk being free to be written over.
    enum Kind: Sendable, Hashable {
        /// Every byte of it is read, and is zero.
        case proven
        /// An interrupted `mkfs` of harun is on it, by harun's own mark.
        case repeated
        /// The inventory says so for this very disk: data without a signature goes.
        case forced
    }

    /// The shell source that proves once more, marks, formats and proves again.
    ///
    /// `PROVEN` is the only name that `mkfs` is given, and only `prove` sets it, after its last check:
    /// without it the shell ends at that line. A whole disk takes hours to read, so all that can change meanwhile is
    /// looked at once more after it. `proven` comes from ``LUNProof/check(isOurs:)``.
    ///
    /// - Parameters:
    ///   - size: the bytes that every node saw.
    ///   - id: the cluster's identity, which the file system carries.
    ///   - isProtected: whether multiple mount protection is on: the file system itself then refuses a mount that another
    ///     host holds. A takeover after a crash waits 42 s for it, and one after an unmount in order does not (see
    ///     findings/mmp-takeover-waits-42-seconds.sh).
    static func format(uuid: PlannedUUID, size: Int, id: String, kind: Kind, isProtected: Bool) -> String {
        let protection = isProtected ? "mmp," : ""
        return """
            \(kind == .proven ? DiskScan.function : "")
            unset PROVEN
            UUID_PLANNED=\(uuid)
            look() {
                proven
                running && refuse "mkfs runs on this disk already (process $pid)"
                foreign && refuse "somebody has registered reservation keys on this disk: $keys"
                examine
                [ "$SIZE" = \(size) ] || refuse "its size is $SIZE bytes by now"
            }
            prove() {
                look
                \(rest(kind))
                PROVEN=$LUN
            }
            prove
            umask 077
            mkdir -p "$MARKS" || exit 1
            began=$(date +%s)
            printf '%s %s\\n' "$UUID_PLANNED" "$began" >"$MARKS/format-$WWID" && sync "$MARKS/format-$WWID" || exit 1
            # Version 1.47 turns on by itself what version 1.46 cannot read.
            case $(mkfs.ext4 -V 2>&1) in
            'mke2fs 1.4'[0-6].*) features=\(protection)^metadata_csum_seed;;
            *) features=\(protection)^metadata_csum_seed,^orphan_file;;
            esac
            # With it, e2undo gives back what mkfs wrote over, as long as nobody has mounted the result.
            free=$(df -Pk "$MARKS" | while read -r _ _ _ free _; do case $free in *[!0-9]*) ;; *) echo "$free";; esac; done)
            if [ "${free:-0}" -gt 4194304 ]; then set -- -z "$MARKS/format-$WWID-$began.e2undo"; else set --; fi
            mkfs.ext4 "$@" -q -F -U "$UUID_PLANNED" -L \(uuid.label) -O "$features" -E nodiscard \\
                "${PROVEN:?was not proven empty}" </dev/null || exit 1
            debugfs -w -R 'ea_set / \(ClusterIdentity.attribute) \(id)' "$PROVEN" >/dev/null 2>&1
            sync; blockdev --flushbufs "$PROVEN" || exit 1
            udevadm trigger -c change --name-match="$DEV"; udevadm settle --timeout=60
            [ "$(blkid -p -o value -s UUID "$PROVEN")" = "$UUID_PLANNED" ] ||
                { echo "mkfs ended well, but its file system cannot be seen" >&2; exit 1; }
            rm -f "$MARKS/format-$WWID"
            """
    }

    /// What `prove` asks for once nobody else uses the disk; the texts stand inside of it.
    private static func rest(_ kind: Kind) -> String {
        let refusal = "*) refuse \"the disk is not empty: $found\";;"
        return switch kind {
        case .proven:
            """
            [ "$found" = blank ] || refuse "the disk is not empty: $found"
                scan
                [ "$found" = empty ] || refuse "the disk is not empty: $found"
                look
                [ "$found" = blank ] || refuse "the disk is not empty any more: $found"
            """
        case .forced:
            """
            case $found in blank|data*) ;; \(refusal) esac
            """
        // What is on the disk is accepted only while harun's own mark says that it began to format it.
        case .repeated:
            """
            case $found in blank|data*) ;; \(refusal) esac
                mark
                [ "$mark" = "$UUID_PLANNED" ] || refuse "the disk is not empty: $found"
                [ "$age" -ge 0 ] || refuse "the disk is not empty: $found"
                [ "$age" -lt \(mostAge) ] || refuse "the disk is not empty: $found"
            """
        }
    }

    /// How long, in seconds, the mark of an interrupted `mkfs` is believed.
    static let mostAge = 6 * 3600

    /// What is changed on a file system that is there already.
    struct Adoption: Sendable, Hashable {
        var uuid: String
        /// Whether it gets the cluster's mark.
        var takes: Bool
        /// Whether multiple mount protection is switched on or off; nil where it stays.
        var protection: Bool?
    }

    /// The shell source that changes a file system which nobody has mounted, by the tools of ext4 alone.
    static func adopt(_ adoption: Adoption, id: String) -> String {
        let mark = """
            debugfs -w -R 'ea_set / \(ClusterIdentity.attribute) \(id)' "$DEV" >&2
            ext4_mark
            [ "$MARK" = \(id) ] || { echo 'the mark of the cluster could not be written to the file system' >&2; exit 1; }
            """
        let switching =
            adoption.protection.map { "tune2fs -O \($0 ? "" : "^")mmp \"$DEV\" </dev/null >&2 || exit 1" } ?? ""
        return """
            \(Ext4Superblock.function)
            \(ClusterIdentity.markFunction)
            \(adoption.takes ? "foreign && refuse \"somebody has registered reservation keys on this disk: $keys\"" : "")
            examine
            [ "$TYPE $UUID" = 'ext4 \(adoption.uuid)' ] || refuse "there is something else on the disk by now: $found"
            [ -z "$used" ] || refuse "the disk is in use: $used"
            superblock
            [ "$MOUNTED $EXT4" = 'no clean' ] || refuse "the file system is in use or was not unmounted in order: $EXT4"
            ext4_mark
            case $MARK in ''|\(id)) ;; *) refuse "the file system belongs to another cluster, with the identity $MARK";; esac
            \(adoption.takes ? mark : "")
            \(switching)
            sync; blockdev --flushbufs "$DEV"
            """
    }
}
