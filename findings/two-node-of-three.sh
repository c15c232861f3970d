#!/bin/bash
# corosync, `two_node: 1` left in a configuration of three nodes (somebody added a node by hand to a cluster of two).
#
# Guess: `corosync -t` or the daemon refuses it, or votequorum ignores it with a warning, as votequorum(5) ties two_node to two votes.
# Seen (3.1.7 of Debian 12, 3.1.9 of Debian 13): both accept it in silence. While all three nodes are there quorum is told as 2, which
# looks right; a node that loses both others stays quorate alone (quorum 1 of 3). Without the line the same node blocks.
# So three partitions of one node each all go on, and only fencing stands between them and the data.
#
# Three real daemons in network namespaces of their own, on a bridge in another; nothing of the machine's network is touched.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm corosync=3.1.7-1+deb12u2
debian_root trixie corosync=3.1.9-2+deb13u1

configuration() { # LINE: of three nodes, with that line in the section quorum
  printf 'totem {\n version: 2\n cluster_name: three\n transport: knet\n token: 1000\n}\nnodelist {\n'
  for i in 1 2 3; do printf ' node {\n ring0_addr: 10.9.0.%s\n name: n%s\n nodeid: %s\n }\n' $i $i $i; done
  printf '}\nquorum {\n provider: corosync_votequorum\n %s\n}\nlogging {\n to_stderr: yes\n}\n' "$1"
}

# Run in new network, mount and process namespaces: cluster ROOT. Prints what node 1 says of the file, with three nodes, and alone.
cluster() {
  local root=$1 i pids=() daemons=()
  mount --make-rprivate /
  ip link add name hub0 type bridge && ip link set hub0 up
  for i in 1 2 3; do unshare -n -m sleep 600 & pids[i]=$!; done
  for i in 1 2 3; do
    until [ "$(readlink /proc/${pids[i]}/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
    ip link add "v$i" type veth peer name eth0 netns "${pids[i]}"
    ip link set "v$i" master hub0 up
    nsenter -t "${pids[i]}" -n sh -c "ip link set lo up; ip addr add 10.9.0.$i/24 dev eth0; ip link set eth0 up"
    nsenter -t "${pids[i]}" -m sh -c "for d in dev/shm run var/lib/corosync; do mkdir -p $root/\$d; mount -t tmpfs none $root/\$d; done; mkdir -p $root/run/lock"
    [ $i != 1 ] || { nsenter -t "${pids[1]}" -n -m chroot "$root" corosync -t -c /tmp/corosync.conf >/dev/null 2>&1; echo "exit code $?"; }
    nsenter -t "${pids[i]}" -n -m chroot "$root" corosync -f -c /tmp/corosync.conf >/dev/null 2>&1 &
    daemons[i]=$!
  done
  ask() { nsenter -t "${pids[1]}" -n -m chroot "$root" corosync-quorumtool -s 2>&1 | sed -nE 's/^(Nodes|Quorate|Quorum): +([^ ]*).*/\1 \2/p' | paste -sd ' '; }
  wait_for() { for _ in $(seq 120); do case $(ask) in "Nodes $1 "*) return;; esac; sleep 0.25; done; }
  wait_for 3; ask
  kill -9 "${daemons[2]}" "${daemons[3]}"
  wait_for 1; ask
}
export -f cluster

for suite in bookworm trixie; do
  for line in 'two_node: 1' ''; do
    configuration "$line" >"$work/$suite/tmp/corosync.conf"
    mapfile -t said < <(unshare -n -m -p -f --kill-child --mount-proc bash -c "cluster $work/$suite" 2>/dev/null)
    expect "$suite, corosync -t, '$line'" "exit code 0" "${said[0]:-}"
    expect "$suite, all three, '$line'" "Nodes 3 Quorate Yes Quorum 2" "${said[1]:-}"
    if [ -n "$line" ]; then expect "$suite, one left alone, '$line'" "Nodes 1 Quorate Yes Quorum 1" "${said[2]:-}"
    else expect "$suite, one left alone, without it" "Nodes 1 Quorate No Quorum 2" "${said[2]:-}"; fi
  done
done
finish
