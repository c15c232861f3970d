import Transport

/// The shell source of ``VMMoveAction``.
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
    func apply(definition: String) -> Script {
        let copies = assets.map { asset in
            "copy \(asset.format.shellQuoted) \(asset.path.shellQuoted) \((places[asset.path] ?? "").shellQuoted)"
        }
        let pairs = assets.flatMap { [$0.path.shellQuoted, (places[$0.path] ?? "").shellQuoted] }
        let disks = assets.filter { $0.format != "file" }.map(\.path.shellQuoted)
        return Script(
            """
            export LIBVIRT_DEFAULT_URI=qemu:///system; umask 077
            S=$HARUN_STATE; N=\(name.shellQuoted); M=\(mount.shellQuoted); F=\(ServiceResources.definition(name).shellQuoted)
            keep=\(keepsMount ? "yes" : "no")
            \(lun.findFunction)
            \(Self.functions)
            \(PreImage.words)
            original_xml() { virsh dumpxml --inactive --security-info "$N"; }
            cat >"$S/definition.xml" || exit 1
            lun_find || fail "this node does not see \(lun.title)"
            keep_output original.xml original_xml || exit 1
            if listed --all --autostart; then : >"$S/autostart"; fi
            if listed; then : >"$S/active"; fi
            trap release EXIT; trap 'exit 1' HUP INT TERM
            mkdir -p "$M"
            if ! mounted; then
                [ "$(blkid -p -o value -s TYPE "$LUN")" = \(filesystem) ] || fail "$LUN holds no \(filesystem) file system"
                mount -t \(filesystem) -o noatime "$LUN" "$M" || exit 1
            fi
            [ "$(readlink -f "$(findmnt -n -o SOURCE --mountpoint "$M")")" = "$DEV" ] || fail "something else than $LUN is mounted on $M"
            chmod 755 "$M"
            \(places.isEmpty ? ":" : "not_newer \(assets.compactMap { places[$0.path]?.shellQuoted }.joined(separator: " "))")
            \(assets.isEmpty ? ":" : "fits \(pairs.joined(separator: " "))")
            power_off
            \(copies.joined(separator: "\n"))
            mkdir -p "${F%/*}" && chmod 700 "${F%/*}" && cp "$S/definition.xml" "$F.part" && chmod 600 "$F.part" && sync "$F.part" && mv "$F.part" "$F" || exit 1
            \(disks.isEmpty ? ":" : "keep_originals \(disks.joined(separator: " ")) || exit 1")
            virsh -q autostart --disable "$N" || exit 1
            virsh -q undefine "$N" || exit 1
            sync; release || fail "$M cannot be unmounted"
            trap - EXIT
            """, input: Array(definition.utf8), timeout: .seconds(24 * 3600), isLong: true)
    }

    /// What the move and its undo both ask: whether the LUN's place is mounted, and whether the machine has written to
    /// a copy since the mark beside it was.
    private static let questions = """
        mounted() { while read -r _ where _; do [ "$where" = "$M" ] && return 0; done </proc/mounts; return 1; }
        newer() { [ -n "$(find "$1" -newer "$1.harun-copy" 2>/dev/null)" ]; }
        """

    /// Defines what the move is made of; nothing of it runs by itself.
    private static let functions = """
        \(questions)
        fail() { echo "$*" >&2; exit 1; }
        release() { [ "$keep" = yes ] || ! mounted || umount "$M"; }
        listed() { virsh -q list "$@" --name </dev/null | grep -Fxq "$N"; }
        now() { read -r up _ </proc/uptime; echo "${up%%.*}"; }
        power_off() {
            listed || return 0
            began=$(now); virsh -q shutdown "$N" || exit 1
            while listed; do
                [ $(($(now) - began)) -lt 120 ] || fail "$N did not shut down within 120 s of its power button. Install acpid or qemu-guest-agent in it, or shut it down from inside; then run harun again."
                sleep 1
            done
            seconds=$(($(now) - began)); fact shutdown_seconds "$seconds"
            mkdir -p /var/lib/harun/vm && echo "$seconds" >"/var/lib/harun/vm/$N.shutdown"
        }
        original() {
            O=$1; [ -e "$O" ] || O=$1.harun-pre
            [ -e "$O" ] || fail "$1 is not there"
        }
        fits() {
            need=0
            while [ $# -gt 1 ]; do
                original "$1"; blocks=$(stat -c %b "$O") || exit 1
                [ -e "$2" ] || need=$((need + blocks * 512))
                shift 2
            done
            free=$(df -B1 --output=avail "$M" | tail -n 1)
            [ "$need" -lt "$free" ] || fail "the disks need $need bytes, the LUN has $free free"
        }
        same() {
            case $1 in file) cmp -s "$2" "$3";; *) qemu-img compare -q -f "$1" -F "$1" "$2" "$3";; esac
        }
        # What the machine wrote on the LUN after it was copied there is never pushed aside by an older disk.
        not_newer() {
            for place; do
                newer "$place" || continue
                fail "$place on the LUN was written to since it was copied there, so it is newer than the disk here. Mount $LUN at $M and either copy it over the disk here, to keep it, or move it away"
            done
            printf '%s\n' "$@" >"$S/places" && sync "$S/places" || exit 1
        }
        copy() {
            original "$2"
            if [ -e "$3" ]; then
                if same "$1" "$O" "$3"; then echo "$3 is already a copy of $O"; return; fi
                [ "$(cat "$3.harun-copy" 2>/dev/null)" = "$N" ] || fail "$3 exists and is not a copy of $O: move it away"
                mv "$3" "$3.harun-old-$(date +%s)" || exit 1
            fi
            echo "copying $O to $3"
            rm -f "$3.harun-part"
            case $1 in
            file) cp --sparse=always "$O" "$3.harun-part";;
            *) qemu-img convert -f "$1" -O "$1" "$O" "$3.harun-part";;
            esac || { rm -f "$3.harun-part"; fail "copying $O failed"; }
            sync "$3.harun-part"
            same "$1" "$O" "$3.harun-part" || fail "the copy of $O differs from it"
            echo "$N" >"$3.harun-copy" && mv "$3.harun-part" "$3" && sync "$M" || exit 1
        }
        keep_originals() {
            for disk; do
                # Written down even where an interrupted run renamed it: the undo of this run must find it.
                grep -Fxq "$disk" "$S/disks" 2>/dev/null || echo "$disk" >>"$S/disks"
                [ -e "$disk" ] || continue
                [ ! -e "$disk.harun-pre" ] || fail "$disk and $disk.harun-pre both exist: move one away"
                sync "$S/disks" && mv "$disk" "$disk.harun-pre" || return 1
            done
        }
        """

    /// Gives the machine back to libvirt, as long as the cluster does not have it and has not run it.
    ///
    /// What it wrote under the cluster is on the LUN only. To start it from the old disk would put stale data into
    /// service, and the next move would copy those over the new ones.
    static func undo(name: String, mount: String, lun: LUNReference) -> Script {
        Script(
            """
            export LIBVIRT_DEFAULT_URI=qemu:///system; umask 077
            S=$HARUN_STATE; N=\(name.shellQuoted); M=\(mount.shellQuoted); F=\(ServiceResources.definition(name).shellQuoted)
            \(lun.findFunction)
            \(writtenSince)
            [ -s "$S/pre/original.xml" ] || { echo 'nothing was moved'; exit 0; }
            # Done before: by now the machine is its owner's again, who may have stopped it.
            [ ! -e "$S/taken-back" ] || exit 0
            if cibadmin --query --xpath "//primitive[@id='\(ServiceResources.machineID(name))']" >/dev/null 2>&1; then
                refuse "the cluster still has $N; it would run twice"
            fi
            if ! virsh -q list --all --name </dev/null | grep -Fxq "$N"; then
                written_since
                [ -z "$why" ] || refuse "$why, so $N is not started from its old disk. harun deploy goes on with the disk on the LUN; to go back to the old one, type here: virsh define $S/pre/original.xml, and take .harun-pre off the disk's name"
            fi
            if [ -e "$S/disks" ]; then
                while IFS= read -r disk; do
                    [ -e "$disk" ] || mv "$disk.harun-pre" "$disk" || exit 1
                done <"$S/disks"
            fi
            virsh -q define "$S/pre/original.xml" || exit 1
            if [ -e "$S/autostart" ]; then virsh -q autostart "$N" || exit 1; fi
            if [ -e "$F" ]; then mv "$F" "$S/definition.undone" || exit 1; fi
            if [ -e "$S/active" ] && ! virsh -q list --name </dev/null | grep -Fxq "$N"; then virsh -q start "$N" || exit 1; fi
            : >"$S/taken-back"
            """, timeout: .seconds(180))
    }

    /// Sets `why` where a copy on the LUN is newer than the mark beside it, or where that cannot be seen.
    ///
    /// The LUN is only read: without its journal, which is empty behind every clean end.
    private static let writtenSince = """
        \(questions)
        written_since() {
            why=; ours=
            [ -s "$S/places" ] || return 0
            lun_find || { why='the LUN is not seen here, and may hold newer data'; return; }
            if ! mounted; then
                case $(dumpe2fs -h "$LUN" 2>/dev/null) in
                *needs_recovery*) why='the LUN was not unmounted in order, and may hold newer data'; return;;
                esac
                ours=yes; mount -o ro,noload "$LUN" "$M" || { why='the LUN cannot be read, and may hold newer data'; return; }
            fi
            while IFS= read -r place; do
                newer "$place" || continue
                why="the cluster has run $N since, and $place on the LUN is newer"
            done <"$S/places"
            [ -z "$ours" ] || umount "$M" || why='the LUN cannot be unmounted'
        }
        """
}

extension DomainDefinition.Asset {
    /// The format of a disk, or `file` for what is copied byte by byte.
    fileprivate var format: String {
        switch kind {
        case .disk(let format): format
        case .file: "file"
        }
    }
}
