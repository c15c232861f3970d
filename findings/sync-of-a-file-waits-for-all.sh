#!/bin/bash
# `sync FILE` of uutils, which is Ubuntu's sync since 25.10: a file is brought to the disk before something else begins.
#
# Guess: as with GNU, fsync(2) of that file: other file systems are nobody's concern, and a write that failed is an exit code.
# Seen (0.0.30 of Debian 13, 0.12 of sid; Ubuntu 26.04 has 0.8): the file is opened and forgotten, and sync(2) waits for every file
# system of the host. With a lost LUN, a dead NFS mount or a frozen file system it never comes back, on a disk that has nothing to do
# with it; beside a large copy it waits for all of that; and sync(2) knows no error, so a failed write ends well too.
# `sync -d FILE` and `sync -f FILE` are fdatasync(2) and syncfs(2) in both; in 0.0.30 without a look at how they ended.
# A device without fsync tells which one was called.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root trixie coreutils=9.7-3 rust-coreutils=0.0.30-2
debian_root sid coreutils=9.10-1 rust-coreutils=0.12.0-1

for suite in trixie sid; do
  # as the file itself, in GNU's and in uutils'
  # shellcheck disable=SC2016  # for the shell inside
  said=$(chroot "$work/$suite" sh -c '
    for tool in /usr/bin/sync /usr/lib/cargo/bin/coreutils/sync; do
      if "$tool" /dev/null 2>/dev/null; then printf "0 "; else printf "1 "; fi
      if "$tool" -d /dev/null 2>/dev/null; then printf "0 "; else printf "1 "; fi
    done')
  wanted="1 1 0 1 "; [ "$suite" != trixie ] || wanted="1 1 0 0 "
  expect "$suite: GNU's sync and sync -d of /dev/null fail, uutils' sync does not" "$wanted" "$said"
done
finish
