import Transport

/// The part of ``FileSystemMake`` that writes; works on whatever disk `DEV`, `LUN` and `WWID` name.
enum FileSystemScript {
    /// Finds a `mkfs` that runs on this disk, the mark of one that was begun, and reservation keys.
    ///
    /// A key on an empty disk is somebody's who is about to use it, another cluster's fencing for example.
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
        foreign() { command -v sg_persist >/dev/null && read_keys && [ -n "$keys" ]; }
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

    /// The shell source that proves once more, marks, formats and proves again.
    ///
    /// `PROVEN` is the only name that `mkfs` is given, and only `prove` sets it, after its last check:
    /// without it the shell ends at that line.
    ///
    /// - Parameters:
    ///   - isRepeated: whether the remains of an interrupted `mkfs` of harun may be on it.
    ///   - isUnfenced: whether nothing but the file system itself can notice a second writer: its multiple mount
    ///     protection refuses a mount that another node holds. A takeover after a crash waits 42 s for it, and one after an
    ///     unmount in order does not (see findings/mmp-takeover-waits-42-seconds.sh).
    static func format(uuid: PlannedUUID, isRepeated: Bool, isUnfenced: Bool = false) -> String {
        let protection = isUnfenced ? "mmp," : ""
        return """
            unset PROVEN
            UUID_PLANNED=\(uuid)
            prove() {
                running && refuse "mkfs runs on this disk already (process $pid)"
                foreign && refuse "somebody has registered reservation keys on this disk: $keys"
                examine
                case $found in
                empty) ;;
                data*)\(isRepeated ? unfinished : " refuse \"the disk is not empty: $found\";;")
                *) refuse "the disk is not empty: $found";;
                esac
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
            sync; blockdev --flushbufs "$PROVEN" || exit 1
            udevadm trigger -c change --name-match="$DEV"; udevadm settle --timeout=60
            [ "$(blkid -p -o value -s UUID "$PROVEN")" = "$UUID_PLANNED" ] ||
                { echo "mkfs ended well, but its file system cannot be seen" >&2; exit 1; }
            rm -f "$MARKS/format-$WWID"
            """
    }

    /// What is on the disk is accepted only while harun's own mark says that it began to format it.
    private static let unfinished = """

                mark
                [ "$mark" = "$UUID_PLANNED" ] || refuse "the disk is not empty: $found"
                [ "$age" -ge 0 ] || refuse "the disk is not empty: $found"
                [ "$age" -lt \(mostAge) ] || refuse "the disk is not empty: $found";;
        """

    /// How long, in seconds, the mark of an interrupted `mkfs` is believed.
    static let mostAge = 6 * 3600
}
