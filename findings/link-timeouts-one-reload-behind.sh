#!/bin/bash
# corosync, a new `token` in a running cluster (`corosync-cfgtool -R`, which pcs's `cluster config update` runs too), with two links.
#
# Guess: what depends on the token follows it: consensus, and the time after which a link without answers counts as down, half a token.
# Seen (3.1.7 of Debian 12, 3.1.9 of Debian 13, 3.1.10 of sid): consensus follows; the links get what belongs to the token *before* this
# reload. A token that was 30 s during work on a switch and is 3 s again leaves links that are down after 15 s only. Then one of two
# switches dies, and the node is lost before its second link is tried, and fenced. A second reload of the same file mends it.
# With a longer token it is the other way round: the links keep the short time of before.
#
# Two real daemons in network namespaces of their own, with two bridges in another; nothing of the machine's network is touched.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm corosync=3.1.7-1+deb12u2
debian_root trixie corosync=3.1.9-2+deb13u1
debian_root sid corosync=3.1.10-5

# Run in new network, mount and process namespaces: cluster ROOT RELOADS. Prints the timeouts, then whether the peer is lost with one bridge.
cluster() {
  local root=$1 i link before pids=()
  mount --make-rprivate /
  for link in 0 1; do ip link add name "hub$link" type bridge; ip link set "hub$link" up; done
  configure() { # TOKEN
    printf 'totem {\n version: 2\n cluster_name: two\n transport: knet\n token: %s\n}\nnodelist {\n' "$1"
    for i in 1 2; do printf ' node {\n ring0_addr: 10.9.0.%s\n ring1_addr: 10.9.1.%s\n name: n%s\n nodeid: %s\n }\n' $i $i $i $i; done
    printf '}\nquorum {\n provider: corosync_votequorum\n two_node: 1\n}\nlogging {\n to_stderr: yes\n}\n'
  }
  configure 3000 >"$root/tmp/corosync.conf"; for i in 1 2; do unshare -n -m sleep 600 & pids[i]=$!; done
  for i in 1 2; do
    until [ "$(readlink /proc/"${pids[i]}"/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
    for link in 0 1; do
      ip link add "v$i$link" type veth peer name "eth$link" netns "${pids[i]}"
      ip link set "v$i$link" master "hub$link" up
      nsenter -t "${pids[i]}" -n sh -c "ip link set lo up; ip addr add 10.9.$link.$i/24 dev eth$link; ip link set eth$link up"
    done
    nsenter -t "${pids[i]}" -m sh -c "for d in dev/shm run var/lib/corosync; do mkdir -p $root/\$d; mount -t tmpfs none $root/\$d; done; mkdir -p $root/run/lock"
    nsenter -t "${pids[i]}" -n -m chroot "$root" corosync -f -c /tmp/corosync.conf >/dev/null 2>&1 &
  done
  ask() { nsenter -t "${pids[1]}" -n -m chroot "$root" "$@" 2>/dev/null; }
  for _ in $(seq 120); do [ "$(ask corosync-cfgtool -n | grep -c 'LINK.* connected')" != 2 ] || break; sleep 0.5; done
  sleep 3
  configure 30000 >"$root/tmp/corosync.conf"; ask corosync-cfgtool -R >/dev/null; sleep 2
  configure 3000 >"$root/tmp/corosync.conf"
  for _ in $(seq "$2"); do ask corosync-cfgtool -R >/dev/null; sleep 2; done
  ask corosync-cmapctl runtime.config.totem | sed -nE 's/.*totem\.(token|consensus|interface\.0\.knet_ping_timeout) .*= /\1 /p' | sort | paste -sd ' '
  peer() { ask corosync-quorumtool -s | grep -oE '^Nodes: *[0-9]'; ask corosync-cmapctl -g runtime.members.2.join_count; }
  before=$(peer); ip link set hub0 down
  for _ in $(seq 50); do [ "$(peer)" = "$before" ] || { echo lost; return; }; sleep 0.5; done
  echo kept
}
export -f cluster

for suite in bookworm trixie sid; do
  for reloads in 1 2; do
    mapfile -t said < <(unshare -n -m -p -f --kill-child --mount-proc bash -c "cluster $work/$suite $reloads" 2>/dev/null)
    case $reloads in 1) half=15000 peer=lost ;; 2) half=1500 peer=kept ;; esac
    expect "$suite, reloads of the new file: $reloads" "consensus 3600 interface.0.knet_ping_timeout $half token 3000" "${said[0]:-}"
    expect "$suite, the peer, one of two bridges down" "$peer" "${said[1]:-}"
  done
done
finish
