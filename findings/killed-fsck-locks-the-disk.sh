#!/bin/bash
# ext4 with multiple mount protection (mmp), and an e2fsck that does not come to its end: it asks whether to mend something and the SSH
# session breaks (SIGHUP), or its node is fenced (as SIGKILL).
#
# Guess: as after the crash of a host that had it mounted. The next mount or check waits until the block of mmp has stood still for long
# enough, and goes on.
# Seen (e2fsprogs 1.47.0 of Debian 12, 1.47.2 of Debian 13, 1.47.4 of sid; Linux 6.18): e2fsck has written into that block that a check
# runs, and this mark does not age. Each mount on each node is refused at once ("already mounted or mount point busy", 32), and each e2fsck,
# also with -f -y, with 12; no wait and no boot helps, so no node can take the service over. `tune2fs -f -E clear_mmp` takes the
# mark off, and without -f it is refused as well. After SIGTERM there is no mark: a drill with timeout(1) shows nothing of it.
#
# Needs loop devices; mounts in a mount namespace of its own.
if [ -z "${FINDING_ALONE-}" ]; then FINDING_ALONE=1 exec unshare -m --propagation private "$0"; fi
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
declare -A versions=([bookworm]=1.47.0-2+b2 [trixie]=1.47.2-3+b12 [sid]=1.47.4-1+b2)
mkfifo "$work/keys"; exec 9<>"$work/keys" # a keyboard on which nobody types
trap 'umount -q "$work"/*/proc || true; rm -rf --one-file-system "$work"' EXIT

code() { local code=0; timeout 60 "$@" >/dev/null 2>&1 || code=$?; echo $code; }
for suite in bookworm trixie sid; do
  debian_root "$suite" "e2fsprogs=${versions[$suite]}"
  mount -t proc proc "$work/$suite/proc"
  disk=$work/$suite/disk
  tool=(chroot "$work/$suite")
  truncate -s 64M "$disk"; mkdir -p "$work/mount"
  "${tool[@]}" mkfs.ext4 -q -F -O mmp /disk
  # A file with a wrong count of links, as something to ask about.
  mount -o loop "$disk" "$work/mount"; : >"$work/mount/file"; umount "$work/mount"
  "${tool[@]}" debugfs -w -R 'set_inode_field file links_count 5' /disk 2>/dev/null
  cp "$disk" "$disk.new"
  for signal in HUP KILL TERM; do
    cp "$disk.new" "$disk"; : >"$work/said"
    # A terminal of its own; e2fsck asks on nothing else.
    script -qfc "echo \$\$ >$work/pid; exec chroot $work/$suite e2fsck -f /disk" "$work/said" <&9 >/dev/null 2>&1 &
    for _ in $(seq 300); do ! grep -q 'Fix<y>' "$work/said" || break; sleep 0.1; done
    kill -s $signal "$(cat "$work/pid")"
    while [ -e "/proc/$(cat "$work/pid")" ]; do sleep 0.1; done
    mounted=$(code mount -o loop "$disk" "$work/mount"); ! mountpoint -q "$work/mount" || umount "$work/mount"
    checked=$(code "${tool[@]}" e2fsck -f -y /disk)
    if [ $signal = TERM ]; then expect "$suite, $signal: mount, e2fsck" "0, 1" "$mounted, $checked"; continue; fi
    expect "$suite, $signal: mount, e2fsck" "32, 12" "$mounted, $checked"
    expect "$suite, $signal: clear_mmp, with -f, e2fsck then" "1, 0, 1" \
      "$(code "${tool[@]}" tune2fs -E clear_mmp /disk), $(code "${tool[@]}" tune2fs -f -E clear_mmp /disk), $(code "${tool[@]}" e2fsck -f -y /disk)"
  done
done
finish
