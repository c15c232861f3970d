#!/bin/bash
# pcsd of Debian 13, with nothing to do: the ten worker processes that it starts in advance.
#
# Guess: they are forked from one loaded Python, so that pages are shared and ten of them cost little more than one; an idle
# pcsd takes some 100 MB, as in Debian 12.
# Seen: that is so in 0.11.5 (each worker 7 MB of its own, the whole daemon 113 MB). 0.12.0 starts its workers by Python's
# `forkserver` with nothing loaded in advance, so each imports all of pcs for itself: 42 MB each, 510 MB in sum (PSS), on a node
# whose cluster stack beside it takes half of that. PCSD_WORKER_COUNT in /etc/default/pcsd is the number.
#
# pcsd without systemd (Pacemaker is there for its group only), in namespaces of its own; PSS of the kernel's smaps_rollup, so that shared pages are shared out.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pcs=0.11.5-1+deb12u1 pacemaker=2.1.5-1+deb12u1
debian_root trixie pcs=0.12.0.2-1 pacemaker=3.0.0-2

# idle ROOT: "WORKERS MB-OF-THE-SMALLEST-WORKER MB-IN-SUM" once all of them are there. Run in namespaces of its own.
idle() {
  mount --make-rprivate /
  mount -t proc proc /proc
  mount -t proc proc "$1/proc"
  mount -t tmpfs none "$1/dev/shm"
  ip link set lo up
  mkdir -p "$1/var/log/pcsd" "$1/var/lib/pcsd"
  chroot "$1" /usr/sbin/pcsd >/dev/null 2>&1 &
  local all="" sum=0 before
  # The daemon, its helper and ten workers; and each of them loaded, so that the sum grows no more.
  # shellcheck disable=SC2034
  for try in $(seq 60); do
    sleep 4
    before=$sum
    all=$(grep -hs '^Pss:' /proc/[0-9]*/smaps_rollup | awk '$2 > 3000 { print $2 }' | sort -n)
    sum=$(awk '{ sum += $1 } END { print int(sum / 1024) }' <<<"$all")
    [ "$(wc -l <<<"$all")" -lt 12 ] || [ $((sum - before)) -gt 3 ] || break
  done
  awk '{ sum += $1; of[NR] = $1 } END { printf "%d %d\n", of[NR - 6] / 1024, sum / 1024 }' <<<"$all"
}
export -f idle

for suite in bookworm trixie; do
  read -r worker sum < <(unshare -m -p -n -i -f --kill-child bash -c "idle '$work/$suite'" 2>/dev/null)
  echo "$suite: a worker $worker MB, the whole idle daemon $sum MB"
  case $suite in
  bookworm) expect "Debian 12, a worker takes less than 15 MB and pcsd less than 200" "yes yes" \
    "$([ "$worker" -lt 15 ] && echo yes || echo no) $([ "$sum" -lt 200 ] && echo yes || echo no)" ;;
  trixie) expect "Debian 13, a worker takes more than 30 MB and pcsd more than 400" "yes yes" \
    "$([ "$worker" -gt 30 ] && echo yes || echo no) $([ "$sum" -gt 400 ] && echo yes || echo no)" ;;
  esac
done
finish
