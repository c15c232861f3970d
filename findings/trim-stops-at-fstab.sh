#!/bin/bash
# util-linux, Debian's weekly fstrim.timer (`fstrim --listed-in /etc/fstab:/proc/self/mountinfo`), on a node whose LUN is mounted by the
# cluster and so does not stand in fstab.
#
# Guess: the LUN is trimmed each week on the node that has it, for it is in the second of the two lists, what is mounted.
# Seen (2.38.1 of Debian 12, 2.41.5 of Debian 13, 2.42.4 of sid): the second list is read only where the first one is missing or has no line
# but comments. On a host with one line in fstab the LUN is never trimmed, and the unit ends with 0 and says nothing of it: blocks that the
# machines free stay taken on a thin LUN until its pool is full. `fstrim --all`, or a drop-in with /proc/self/mountinfo alone, trims it.
#
# The command of the package's own unit, as a dry run; needs loop devices; mounts in a mount namespace of its own.
if [ -z "${FINDING_ALONE-}" ]; then FINDING_ALONE=1 exec unshare -m --propagation private "$0"; fi
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
declare -A versions=([bookworm]=2.38.1-5+deb12u3 [trixie]=2.41.5-0+deb13u1 [sid]=2.42.4-1)
truncate -s 16M "$work/local" "$work/lun"; mkfs.ext4 -q -F "$work/local"; mkfs.ext4 -q -F "$work/lun"
LOCAL=$(losetup -f --show "$work/local"); LUN=$(losetup -f --show "$work/lun")
trap 'umount -qR "$work"/*/{srv,mnt,dev,proc} || true; losetup -d "$LOCAL" "$LUN"; rm -rf --one-file-system "$work"' EXIT

for suite in bookworm trixie sid; do
  debian_root "$suite" "util-linux=${versions[$suite]}" mount
  root=$work/$suite
  mount --rbind /dev "$root/dev"; mount -t proc proc "$root/proc"; mount "$LOCAL" "$root/srv"; mount "$LUN" "$root/mnt"
  command=$(sed -n 's/^ExecStart=//p' "$root/usr/lib/systemd/system/fstrim.service" "$root/lib/systemd/system/fstrim.service" 2>/dev/null | head -n 1)
  expect "$suite, the unit" "--listed-in /etc/fstab:/proc/self/mountinfo --verbose --quiet-unsupported" "${command#*fstrim }"
  trimmed() { # COMMAND: its exit code, and which of the two mounts it would trim
    code=0; eval "chroot '$root' $1 --dry-run" >"$work/out" 2>/dev/null || code=$?
    echo "$code $(sed -nE 's|^/(srv\|mnt):.*|\1|p' "$work/out" | sort | paste -sd ' ')"
  }
  echo "# no line" >"$root/etc/fstab"; expect "$suite, fstab without a line" "0 mnt srv" "$(trimmed "$command")"
  echo "$LOCAL /srv ext4 defaults 0 2" >"$root/etc/fstab"; expect "$suite, fstab with one line" "0 srv" "$(trimmed "$command")"
  expect "$suite, --all" "0 mnt srv" "$(trimmed '/sbin/fstrim --all --verbose')"
  expect "$suite, mountinfo alone" "0 mnt srv" "$(trimmed "${command/\/etc\/fstab:/}")"
  umount -R "$root"/{srv,mnt,dev,proc}
done
finish
