#!/bin/bash
# tgt, an iSCSI target in user space: somebody adds a target, or a disk to a target, in targets.conf, and the machine boots one day.
#
# Guess: nothing changes for the disks that were there; as the target's name, their LUNs and WWNs are theirs, so /dev/disk/by-id leads
# each host to the same data as before.
# Seen (1.0.85 of Debian 12, 13 and sid): a disk's WWN is made of two numbers, the target's and the LUN's (this is its SCSI ID), and
# tgt-admin gives both anew at each start, in the order of the alphabet and not of the file. A target "backup" that is written behind
# "vms" comes before it, and its disk has the WWN by which the hosts know that of vms; of two backing stores in one target, the one whose
# path sorts first is LUN 1. While tgtd goes on, `tgt-admin --update ALL` gives the new target the next number, so all looks well
# until the restart. `controller_tid` in every target (a target whose number another one has taken is left out), and `lun` within
# `<backing-store ...>`, hold the numbers.
#
# The SCSI IDs are those that tgtd tells; 00010001 is wwn-0x60000000000000000e00000000010001 at the host.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
declare -A versions=([bookworm]=1:1.0.85-1+deb12u1 [trixie]=1:1.0.85-1.3 [sid]=1:1.0.85-1.3)

target() { printf '<target iqn.2026-11.lab:%s>\n' "$1"; printf '  backing-store /tmp/%s\n' "${@:2}"; echo '</target>'; }
cat >"$work/try" <<'T'
serve() { # FILE: a tgtd that was started with that configuration
  [ -z "${daemon-}" ] || { kill -9 "$daemon"; wait "$daemon"; }
  tgtd -f --iscsi portal=127.0.0.1:3260 & daemon=$!
  for _ in $(seq 200); do ! tgtadm --op show --mode sys || break; sleep 0.1; done
  tgt-admin --execute -c "$1"
}
disks() { # WORDS: SCSI ID, file and target of each disk
  printf '%s:' "$1" >&3
  tgtadm --lld iscsi --op show --mode target | sed -nE 's/^Target [0-9]+: .*:/target /p; s/^ *SCSI ID: IET *//p; s|.*path: /tmp/|file |p' |
    while read -r what value; do
      case $what in
        target) target=$value ;;
        file) printf ' %s %s of %s;' "$id" "$value" "$target" >&3 ;;
        *) id=$what ;;
      esac
    done
  echo >&3
}
exec 3>&1 >/dev/null 2>&1
serve /tmp/one; disks before
tgt-admin --update ALL -c /tmp/target; disks 'a target added, update'
serve /tmp/target; disks 'a target added, restart'
serve /tmp/disk; disks 'a disk added, restart'
T
for suite in bookworm trixie sid; do
  debian_root "$suite" "tgt=${versions[$suite]}"
  truncate -s 4M "$work/$suite"/tmp/{guests,dumps,a-second}
  target vms guests >"$work/$suite/tmp/one"
  { target vms guests; target backup dumps; } >"$work/$suite/tmp/target"
  target vms guests a-second >"$work/$suite/tmp/disk"
  cp "$work/try" "$work/$suite/tmp/"
  seen=$(timeout 120 unshare --mount --net --pid --fork --kill-child \
    sh -c 'ip link set lo up; mount -t proc proc "$0/proc"; exec chroot "$0" bash /tmp/try' "$work/$suite")
  while IFS='=' read -r what wanted; do expect "$suite, $what" "$wanted" "$(sed -n "s/^$what: //p" <<<"$seen")"; done <<'E'
before=00010001 guests of vms;
a target added, update=00010001 guests of vms; 00020001 dumps of backup;
a target added, restart=00010001 dumps of backup; 00020001 guests of vms;
a disk added, restart=00010001 a-second of vms; 00010002 guests of vms;
E
done
finish
