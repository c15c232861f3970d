#!/bin/bash
# ext4 with multiple mount protection (mmp) as mkfs.ext4 makes it, and how long a mount of it takes.
#
# Guess: every mount waits twice the update interval and a second, 11 s at the default of 5 s, and one after a crash waits that twice.
# Seen (e2fsprogs 1.47.0, Linux 6.18): a file system that was unmounted in order is mounted at once. After a crash the mount waits 42 s,
# twice as long as guessed: the running kernel had raised the check interval in the block of mmp from 5 s to 10 s, and the wait is
# twice (2 x 10 + 1) s. So a takeover after a fence costs 42 s more, which is most of a start timeout of 60 s, and a drill that moves
# the service in order shows nothing of it. And a clean one is not checked before the mount, whatever another host does just then.
#
# Needs loop devices; mounts in a mount namespace of its own.
if [ -z "${FINDING_ALONE-}" ]; then FINDING_ALONE=1 exec unshare -m --propagation private "$0"; fi
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"

(cd "$work" && for package in e2fsprogs libext2fs2 libss2 libcom-err2; do apt-get download -qq "$package=1.47.0-2+b2" 2>/dev/null; done
  for file in *.deb; do dpkg-deb -x "$file" tools; done)
LD_LIBRARY_PATH=$(find "$work/tools" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd :); export LD_LIBRARY_PATH
PATH=$work/tools/sbin:$work/tools/usr/sbin:$PATH
mkfs.ext4 -V 2>&1 | head -n 1; uname -sr

# seconds FILE: mounts it and says how long that took.
seconds() {
  local before after
  read -r before _ </proc/uptime; mount -o loop "$1" "$work/mount"; read -r after _ </proc/uptime
  echo $((${after%.*} - ${before%.*}))
}
# about WANTED SEEN: the wanted figure where it is met, with a loaded machine's seconds on top.
about() { if [ "$2" -ge "$1" ] && [ "$2" -le $(($1 + 9)) ]; then echo "$1"; else echo "$2"; fi; }
field() { e2mmpstatus -i "$1" 2>/dev/null | sed -nE "s/^ *$2: //p"; }

mkdir "$work/mount"; truncate -s 64M "$work/disk"
mkfs.ext4 -q -F -O mmp "$work/disk"
expect 'check interval of a new one' 5 "$(field "$work/disk" mmp_check_interval)"
expect 'seconds of the first mount' 0 "$(about 0 "$(seconds "$work/disk")")"
sync -f "$work/mount"; cp "$work/disk" "$work/crashed"
expect 'check interval while it is mounted' 10 "$(field "$work/crashed" mmp_check_interval)"
umount "$work/mount"
expect 'seconds of a mount after an unmount in order' 0 "$(about 0 "$(seconds "$work/disk")")"
umount "$work/mount"
expect 'seconds of a mount after a crash' 42 "$(about 42 "$(seconds "$work/crashed")")"
umount "$work/mount"
finish
