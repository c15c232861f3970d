import Steps
import Transport

/// The shell source of ``VMMoveAction``'s work.
struct VMMoveScript {
    let name: String
    let mount: String
    let filesystem: String
    let lun: LUNReference
    let assets: [DomainDefinition.Asset]
    /// Where each asset goes.
    let places: [String: String]
    /// The cluster mounted the LUN here and goes on using it.
    let keepsMount: Bool
    /// How long the machine may take to shut down.
    let patience: Duration

    /// A path on the LUN for each asset: its own file name, or one with a number where two have the same.
    static func places(of assets: [DomainDefinition.Asset], in mount: String) -> [String: String] {
        var places: [String: String] = [:]
        for asset in assets where places[asset.path] == nil {
            let base = asset.path.split(separator: "/").last.map(String.init) ?? "disk"
            var place = "\(mount)/\(base)"
            var number = 2
            while places.values.contains(place) {
                place = "\(mount)/\(number)-\(base)"
                number += 1
            }
            places[asset.path] = place
        }
        return places
    }

    /// The whole move; standard input is the definition for the cluster.
    ///
    /// Whatever can refuse does so before the machine is shut down.
    func apply(definition: String) -> Script {
        var seen: Set<String> = []
        let files = assets.filter { seen.insert($0.path).inserted }.map { asset in
            [asset.format, asset.path, places[asset.path] ?? ""].map(\.shellQuoted).joined(separator: " ")
        }
        let each = { (verb: String) in files.map { "\(verb) \($0)" }.joined(separator: "\n") }
        // UEFI variables last: libvirt makes new ones where it finds none, and a machine without its disk does not start.
        let disks = (assets.filter(\.isDisk) + assets.filter { !$0.isDisk && $0.format != "file" }).map(
            \.path.shellQuoted)
        return Script(
            """
            export LIBVIRT_DEFAULT_URI=qemu:///system; umask 077
            S=$HARUN_STATE; N=\(name.shellQuoted); M=\(mount.shellQuoted); F=\(ServiceResources.definition(name).shellQuoted)
            L=/var/lib/harun/vm/$N; T=\(filesystem); keep=\(keepsMount ? "yes" : "no"); limit=\(patience.components.seconds); need=0
            \(lun.findFunction)
            \(ClusterQuestion(machine: name).words)
            \(VMMoveWords.questions)
            \(Ext4Superblock.function)
            \(Self.functions)
            \(PreImage.words)
            original_xml() { virsh dumpxml --inactive --security-info "$N"; }
            cat >"$S/definition.xml" || exit 1
            lun_find || fail "this node does not see \(lun.title)"
            ask_cluster; [ "$has" = no ] || fail "$why"
            keep_output original.xml original_xml || exit 1
            if listed --all --autostart; then : >"$S/autostart"; fi
            if listed || [ -e "$L.running" ]; then : >"$S/active"; fi
            trap release EXIT; trap 'exit 1' HUP INT TERM
            enter_lun
            root=$M
            \(each("check"))
            [ "$need" = 0 ] || room
            power_off
            : >"$S/assets.new" || exit 1
            \(each("copy"))
            { echo "$WWID"; blkid -p -o value -s UUID "$LUN"; } >"$S/lun" && sync "$S/assets.new" "$S/lun" && mv "$S/assets.new" "$S/assets" || exit 1
            mkdir -p "${F%/*}" && chmod 700 "${F%/*}" && cp "$S/definition.xml" "$F.part" && chmod 600 "$F.part" && sync "$F.part" && mv "$F.part" "$F" || exit 1
            # First, so that a boot in the middle of the rest starts nothing from half of it.
            virsh -q autostart --disable "$N" || exit 1
            \(disks.isEmpty ? ":" : "keep_originals \(disks.joined(separator: " ")) || exit 1")
            virsh -q undefine --keep-nvram "$N" || exit 1
            rm -f "$L.running"
            sync; release || fail "$M cannot be unmounted"
            trap - EXIT
            """, input: Array(definition.utf8), timeout: .seconds(24 * 3600), isLong: true)
    }

    /// Defines what the move is made of; nothing of it runs by itself.
    private static let functions = """
        fail() { echo "$*" >&2; exit 1; }
        release() { [ "$keep" = yes ] || ! mounted || umount "$M"; }
        listed() { virsh -q list "$@" --name </dev/null | grep -Fxq "$N"; }
        power_off() {
            listed || return 0
            mkdir -p "${L%/*}" && : >"$L.running" || exit 1
            began=$(now); press
            while listed; do
                [ $(($(now) - began)) -lt "$limit" ] || fail "$N did not shut down within $limit s of its power button. Install acpid or qemu-guest-agent in it, or shut it down from inside; then run harun again."
                sleep 1
            done
            rm -f "$S/pressed"
            seconds=$(($(now) - began)); fact shutdown_seconds "$seconds"
            echo "$seconds" >"$L.shutdown"
        }
        press() {
            { cat /proc/sys/kernel/random/boot_id; now; } >"$S/pressed" && sync "$S/pressed" || exit 1
            virsh -q shutdown "$N" || { rm -f "$S/pressed"; exit 1; }
        }
        # Mounts the LUN where it is not, over nothing that anybody still needs.
        enter_lun() {
            if ! mounted; then
                [ "$(blkid -p -o value -s TYPE "$LUN")" = $T ] || fail "$LUN holds no $T file system"
                [ ! -L "$M" ] || fail "$M is a symbolic link; let [storage] mount name a folder"
                for file in "$M"/* "$M"/.[!.]* "$M"/..?*; do
                    if [ -e "$file" ] || [ -L "$file" ]; then fail "$file would be hidden by the LUN mounted at $M: move it away, or mount the LUN elsewhere"; fi
                done
                # It may have been free when the plan looked; a second host would write over the first one's blocks. Where
                # another namespace of this node has it mounted, a container's say, the mark is explained.
                if [ "$T" = ext4 ]; then
                    superblock
                    [ "$EXT4" != fsck ] || fail "a check of the file system on the LUN is noted${HOLDER:+ by $HOLDER}: it runs, or was cut off. Where none runs on any host, type: tune2fs -f -E clear_mmp $LUN && e2fsck -f -p $LUN"
                    [ "$EXT4" = clean ] || [ "$EXT4 $MOUNTED" = 'recovery yes' ] || fail "the file system on the LUN is not free ($EXT4${HOLDER:+, $HOLDER has it mounted}): another host may have it mounted, or it was not unmounted in order. Unmount it there; where none has it, type: e2fsck -p $LUN"
                fi
                [ -d "$M" ] || { (umask 022; mkdir -p "$M") && : >"$S/folder" || exit 1; }
                mount -t "$T" -o noatime "$LUN" "$M" || exit 1
            fi
            [ "$(readlink -f "$(findmnt -n -o SOURCE --mountpoint "$M")")" = "$DEV" ] || fail "something else than $LUN is mounted on $M"
            folder=$M
            while [ "$folder" ]; do
                case $(stat -c %A "$folder") in
                *[xt]) ;; *) fail "$folder lets nobody but its owner in, and libvirt runs machines as another user; type: chmod o+x $folder";;
                esac
                folder=${folder%/*}
            done
        }
        original() {
            O=$1; [ -e "$O" ] || O=$1.harun-pre
            [ -f "$O" ] || fail "$1 is not there"
        }
        # Nothing that somebody else made, or that the machine wrote under the cluster, is ever pushed aside.
        check() {
            original "$2"
            [ ! -e "$2" ] || [ ! -e "$2.harun-pre" ] || fail "$2 and $2.harun-pre both exist: move one away"
            if [ -e "$3" ]; then
                ! based_on "$3" || fail "$based on the LUN is based on $3, so the machine may have run on it: keep what you need and move both away"
                if ! listed && same "$1" "$O" "$3"; then return; fi
                sealed "$3" || fail "$3 exists and is not a copy of $O, or was written to since it was copied: it may be newer. Mount $LUN at $M and either copy it over the disk here, to keep it, or move it away"
            fi
            case $1 in
            file | raw) bytes=$(stat -L -c %s "$O");;
            *) bytes=$(qemu-img measure -U -f "$1" -O "$1" "$O" | sed -n 's/^required size: //p');;
            esac
            [ "$bytes" ] || fail "qemu-img cannot say how much room $O takes"
            need=$((need + bytes))
        }
        room() {
            free=$(df -B1 --output=avail "$M" | tail -n 1)
            need=$((need * \(100 + DomainDisks.reserve.percent) / 100 + \(DomainDisks.reserve.bytes)))
            [ "$need" -le "$free" ] || fail "the disks with all that is below them need $((need >> 20)) MiB, the LUN has $((free >> 20)) MiB free"
        }
        copy() {
            original "$2"
            if [ -e "$3" ] && same "$1" "$O" "$3"; then
                echo "$3 is already a copy of $O"
            else
                [ ! -e "$3" ] || { sealed "$3" || fail "$3 exists and is not a copy of $O: move it away"; mv "$3" "$3.harun-old-$(date +%s)" || exit 1; }
                echo "copying $O to $3"
                rm -f "$3.harun-part"
                case $1 in
                file) cp --sparse=always "$O" "$3.harun-part";;
                *) qemu-img convert -f "$1" -O "$1" "$O" "$3.harun-part";;
                esac || { rm -f "$3.harun-part"; fail "copying $O failed"; }
                sync "$3.harun-part"
                same "$1" "$O" "$3.harun-part" || fail "the copy of $O differs from it"
                echo "$N $(stat -c '%i %s %.9Y' "$3.harun-part")" >"$3.harun-copy" && sync "$3.harun-copy" && mv "$3.harun-part" "$3" && sync "$M" || exit 1
            fi
            printf '%s\\t%s\\t%s\\t%s\\n' "$1" "$2" "${3#"$M"/}" "$(touched "$3")" >>"$S/assets.new" || exit 1
        }
        keep_originals() {
            for disk; do
                # Written down even where an interrupted run renamed it: the undo of this run must find it.
                grep -Fxq "$disk" "$S/disks" 2>/dev/null || echo "$disk" >>"$S/disks"
                [ -e "$disk" ] || continue
                sync "$S/disks" && mv "$disk" "$disk.harun-pre" || return 1
            done
        }
        """
}

extension DomainDefinition.Asset {
    fileprivate var isDisk: Bool {
        if case .disk = kind { true } else { false }
    }

    /// The format of a disk, or `file` for what is copied byte by byte.
    fileprivate var format: String {
        switch kind {
        case .disk(let format), .variables(let format): format
        case .file: "file"
        }
    }
}
