#!/bin/bash
# corosync, `two_node: 1` and `auto_tie_breaker: 1` in one configuration of two nodes (a tie breaker added by hand to a cluster of pcs;
# votequorum(5) says that the two are not compatible).
#
# Guess: `corosync -t`, which is there to check a configuration, refuses it, or the daemon does not start.
# Seen (3.1.7 of Debian 12, 3.1.9 of Debian 13): -t accepts it, and the daemon starts with two_node switched off. It says so in its
# log only. Quorum is 2 of 2 then: whichever node is lost, unless it is the one that breaks the tie for the other, the service stops.
# pcs goes the other way and takes two_node out of the file when it is asked for a tie breaker.
#
# One real daemon in a network namespace of its own.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm corosync=3.1.7-1+deb12u2
debian_root trixie corosync=3.1.9-2+deb13u1

# Run in new network, mount and process namespaces: ask ROOT. Prints the exit code of -t, then quorum and flags of the daemon.
ask() {
  mount --make-rprivate /
  for d in dev/shm run var/lib/corosync; do mkdir -p "$1/$d"; mount -t tmpfs none "$1/$d"; done
  mkdir -p "$1/run/lock"
  ip link set lo up; ip addr add 10.9.0.1/24 dev lo
  local code=0; chroot "$1" corosync -t -c /tmp/corosync.conf >/dev/null 2>&1 || code=$?
  echo "exit code $code"
  chroot "$1" corosync -f -c /tmp/corosync.conf >/dev/null 2>&1 &
  for _ in $(seq 120); do
    chroot "$1" corosync-quorumtool -s 2>/dev/null | sed -nE 's/^(Quorum|Flags): +(.*[^ ]) *$/\1 \2/p' >"$1/tmp/said" || true
    ! grep -q Flags "$1/tmp/said" || break
    sleep 0.25
  done
  paste -sd ' ' "$1/tmp/said"
}
export -f ask

for suite in bookworm trixie; do
  for line in 'two_node: 1' 'two_node: 1\n auto_tie_breaker: 1'; do
    {
      printf 'totem {\n version: 2\n cluster_name: two\n transport: knet\n}\nnodelist {\n'
      for i in 1 2; do printf ' node {\n ring0_addr: 10.9.0.%s\n name: n%s\n nodeid: %s\n }\n' $i $i $i; done
      printf '}\nquorum {\n provider: corosync_votequorum\n %b\n}\nlogging {\n to_stderr: yes\n}\n' "$line"
    } >"$work/$suite/tmp/corosync.conf"
    mapfile -t said < <(unshare -n -m -p -f --kill-child --mount-proc bash -c "ask $work/$suite" 2>/dev/null)
    expect "$suite, corosync -t, '$line'" "exit code 0" "${said[0]:-}"
    case $line in
      *tie*) expect "$suite, the daemon, with both" "Quorum 2 Activity blocked Flags WaitForAll AutoTieBreaker" "${said[1]:-}" ;;
      *) expect "$suite, the daemon, two_node alone" "Quorum 1 Activity blocked Flags 2Node WaitForAll" "${said[1]:-}" ;;
    esac
  done
done
finish
