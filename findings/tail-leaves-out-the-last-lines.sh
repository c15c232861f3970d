#!/bin/bash
# `tail -f --pid=PROCESS` of uutils, which is Ubuntu's tail since 25.10: follows what a process writes until the process is gone.
#
# Guess: as with GNU, which looks at the file once more after it has seen that the process is gone; nothing it wrote is missed.
# Seen (0.0.30 of Debian 13, 0.12 of sid; Ubuntu 26.04 has 0.8): it ends as soon as it sees that, without a last look. Where the
# last lines and the end of the process come while tail is held up, as on a busy host, the lines are lost, and nothing says so.
# Whoever needs them counts what tail has shown and reads the rest of the file afterwards.
#
# tail is held up by a signal here. GNU's never loses the line; uutils' does in about half of the tries.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root trixie coreutils=9.7-3 rust-coreutils=0.0.30-2
debian_root sid coreutils=9.10-1 rust-coreutils=0.12.0-1

for suite in trixie sid; do
  for tool in /usr/bin/tail /usr/lib/cargo/bin/coreutils/tail; do
    # shellcheck disable=SC2016  # for the shell inside
    lost=$(unshare --mount --pid --fork --kill-child sh -c 'mount -t proc proc "$1/proc" && exec chroot "$1" bash -s "$2"' sh "$work/$suite" "$tool" <<'INSIDE'
      cd /tmp || exit 1
      lost=0
      for _ in {1..20}; do
        echo first >file; : >seen
        sleep 100 & writer=$!
        "$1" -n +1 -s 0.1 --pid=$writer -f file >seen & tail=$!
        until [ -s seen ]; do sleep 0.02; done
        sleep 0.1
        kill -STOP $tail; echo last >>file; kill $writer; wait $writer
        sleep 0.3
        kill -CONT $tail; wait $tail
        grep -q last seen || lost=$((lost + 1))
      done 2>/dev/null
      echo $lost
INSIDE
    )
    echo "$suite: $tool lost the last line $lost times of 20"
    case $tool in
      /usr/bin/*) expect "$suite: GNU's tail never loses it" 0 "$lost" ;;
      *) expect "$suite: uutils' tail loses it" yes "$([ "$lost" -gt 0 ] && echo yes || echo no)" ;;
    esac
  done
done
finish
