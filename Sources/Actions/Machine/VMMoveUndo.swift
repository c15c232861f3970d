import Steps
import Transport

/// The way back from ``VMMoveScript``.
///
/// What the machine wrote under the cluster is on the LUN only. To start it from the old disk would put stale data
/// into service, and the next move would copy those over the new ones; so everything that could have happened since
/// has to be ruled out, and what cannot be looked at counts as if it had.
struct VMMoveUndo {
    let name: String
    let mount: String
    let lun: LUNReference
    /// How long the machine may take to shut down.
    let patience: Duration

    /// Behind this time a machine that still runs has not heard its power button.
    private static let deafAfter = 1800

    var script: Script {
        Script(
            """
            export LIBVIRT_DEFAULT_URI=qemu:///system; umask 077
            S=$HARUN_STATE; N=\(name.shellQuoted); M=\(mount.shellQuoted); F=\(ServiceResources.definition(name).shellQuoted)
            L=/var/lib/harun/vm/$N; limit=\(patience.components.seconds)
            \(lun.findFunction)
            \(ClusterQuestion(machine: name).words)
            \(VMMoveWords.questions)
            \(Self.functions)
            [ -s "$S/pre/original.xml" ] || { echo 'nothing was moved'; exit 0; }
            # Done before: by now the machine is its owner's again, who may have stopped it.
            [ ! -e "$S/taken-back" ] || exit 0
            ask_cluster
            case $has in
            yes) refuse "$why; it would run twice";;
            unknown) refuse "$why: the cluster may still have $N, and it would run twice";;
            esac
            own=$(virsh -q list --all --persistent --name </dev/null) || deaf
            runs=$(virsh -q list --name </dev/null) || deaf
            if has_line "$own"; then
                [ "$(virsh dumpxml --inactive --security-info "$N")" = "$(cat "$S/pre/original.xml")" ] ||
                    refuse "libvirt defines $N otherwise than before it was moved; to go back to that, type here: virsh define $S/pre/original.xml"
            else
                if has_line "$runs" || [ -e "/run/libvirt/qemu/$N.pid" ]; then
                    refuse "$N runs here, and not from libvirt's own definition: the cluster or somebody else started it"
                fi
                untouched || refuse "$why, so $N is not started from its old disk. harun deploy goes on with the disk on the LUN; to go back to the old one, type here: virsh define $S/pre/original.xml, and take .harun-pre off the disk's name"
            fi
            if [ -e "$S/disks" ]; then
                while IFS= read -r disk; do
                    [ ! -e "$disk" ] || [ ! -e "$disk.harun-pre" ] || refuse "$disk and $disk.harun-pre both exist, and the second is the machine's own: move the first away"
                done <"$S/disks"
                while IFS= read -r disk; do
                    [ -e "$disk" ] || mv "$disk.harun-pre" "$disk" || exit 1
                done <"$S/disks"
            fi
            virsh -q define "$S/pre/original.xml" || exit 1
            if [ -e "$S/autostart" ]; then virsh -q autostart "$N" || exit 1; fi
            if [ -e "$F" ]; then mv "$F" "$S/definition.undone" || exit 1; fi
            [ ! -e "$S/folder" ] || mounted || rmdir "$M" 2>/dev/null
            if [ -e "$S/active" ]; then
                fall
                running || virsh -q start "$N" || exit 1
            fi
            rm -f "$L.running"; : >"$S/taken-back"
            """, timeout: .seconds(24 * 3600), isLong: true)
    }

    private static let functions = """
        deaf() { refuse 'libvirt does not answer, so nobody knows what runs here; type: systemctl start libvirtd'; }
        has_line() { printf '%s\\n' "$1" | grep -Fxq "$N"; }
        running() { runs=$(virsh -q list --name </dev/null) || { echo 'libvirt does not answer' >&2; exit 1; }; has_line "$runs"; }
        # Waits for a machine that may still be on its way down: it was found running, and is to run again.
        fall() {
            [ -e "$S/pressed" ] || return 0
            { read -r boot; read -r at; } <"$S/pressed" || return 0
            [ "$boot" = "$(cat /proc/sys/kernel/random/boot_id)" ] || return 0
            began=$(now)
            while running; do
                [ $(($(now) - at)) -lt \(deafAfter) ] || return 0
                [ $(($(now) - began)) -lt "$limit" ] ||
                    refuse "$N runs, but its power button was pressed $(($(now) - at)) s ago and it may still go down. All else of it is as before; roll back once more later, or if it went down type here: virsh start $N"
                sleep 1
            done
        }
        # Whether nobody can have run the machine from the LUN since it was copied there.
        untouched() {
            why=; root=$M; ours=
            if [ ! -e "$S/assets" ] || [ ! -s "$S/lun" ]; then why="libvirt has lost $N, and not by the move"; return 1; fi
            lun_find || { why='the LUN is not seen here, and may hold newer data'; return 1; }
            { read -r wwid; read -r uuid; } <"$S/lun"
            [ "$WWID" = "$wwid" ] || { why="the LUN is another disk now ($WWID, not $wwid)"; return 1; }
            blockdev --flushbufs "$LUN"
            found=$(blkid -p -o value -s UUID "$LUN")
            [ "$found" = "$uuid" ] || { why="the LUN holds another file system now ($found, not $uuid)"; return 1; }
            if mounted; then
                [ "$(readlink -f "$(findmnt -n -o SOURCE --mountpoint "$M")")" = "$DEV" ] || { why="something else than the LUN is mounted at $M"; return 1; }
            else
                # Its flag is set as long as any host has it mounted for writing.
                super=$(dumpe2fs -h "$LUN" 2>/dev/null)
                case $super in
                *needs_recovery*) why='the LUN is mounted by another host or was not unmounted in order, and may hold newer data'; return 1;;
                *'Filesystem state:         clean'*) ;;
                *) why='the file system on the LUN cannot be read, and may hold newer data'; return 1;;
                esac
                root=$S/lun-view; ours=yes
                mkdir -p "$root"
                mount -o ro,noload "$LUN" "$root" || { why='the LUN cannot be mounted to look at it, and may hold newer data'; return 1; }
            fi
            while IFS='	' read -r format disk place mark; do
                alike || break
            done <"$S/assets"
            if [ "$ours" ]; then umount "$root" || why=${why:-"the LUN cannot be unmounted from $root"}; rmdir "$root"; fi
            [ -z "$why" ]
        }
        # Sets why where one copy is not as the move left it.
        alike() {
            file=$root/$place; old=$disk.harun-pre; [ -e "$old" ] || old=$disk
            if [ ! -f "$file" ]; then why="$place is not on the LUN any more, and what became of it may be newer"
            elif [ ! -f "$old" ]; then why="$disk is not there any more"
            elif [ "$(touched "$file")" != "$mark" ]; then why="$place on the LUN was used since it was copied there: the cluster has run $N"
            elif based_on "$file"; then why="$based on the LUN lies over $place: $N has run on it"
            else
                same "$format" "$old" "$file"
                case $? in 0) ;; 1) why="$place on the LUN holds other data than $old";; *) why="$old and $place on the LUN cannot be compared";; esac
            fi
            [ -z "$why" ]
        }
        """
}
