#!/bin/bash
# corosync, a changed configuration for a running cluster that it cannot take: `corosync-cfgtool -R`.
#
# Guess: an exit code other than 0, as in Debian 12 (3.1.7: 7), and no node changes anything when one of them cannot.
# Seen (3.1.9 of Debian 13, 3.1.10 of sid): "Could not reload configuration" and exit code 0. Where the file of the *other* node is the
# bad one, all three say "Done" and 0, and each node is for itself: the one here has the new token, the other one keeps the old. So has
# whoever checks the code, as pcsd of Debian 13 does (remote.rb, reload_corosync_conf), changed a cluster that did not change, or half
# of it; what the daemons have must be read on every node.
#
# Two real daemons in network namespaces of their own, on a bridge in another; nothing of the machine's network is touched.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm corosync=3.1.7-1+deb12u2
debian_root trixie corosync=3.1.9-2+deb13u1
debian_root sid corosync=3.1.10-5

# Run in new network, mount and process namespaces: cluster ROOT. Prints exit codes of -R and the token of both nodes then.
cluster() {
  local root=$1 i pids=() code
  mount --make-rprivate /
  ip link add name hub0 type bridge && ip link set hub0 up
  on() { nsenter -t "${pids[$1]}" -n -m chroot "$root" "${@:2}" 2>/dev/null; }
  configure() { # NODE LINE
    {
      printf 'totem {\n version: 2\n cluster_name: two\n transport: knet\n %b\n}\nnodelist {\n' "$2"
      for i in 1 2; do printf ' node {\n ring0_addr: 10.9.0.%s\n name: n%s\n nodeid: %s\n }\n' $i $i $i; done
      printf '}\nquorum {\n provider: corosync_votequorum\n two_node: 1\n}\nlogging {\n to_stderr: yes\n}\n'
    } | on "$1" sh -c 'cat >/run/corosync.conf'
  }
  for i in 1 2; do unshare -n -m sleep 600 & pids[i]=$!; done
  for i in 1 2; do
    until [ "$(readlink /proc/"${pids[i]}"/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
    ip link add "v$i" type veth peer name eth0 netns "${pids[i]}"
    ip link set "v$i" master hub0 up
    nsenter -t "${pids[i]}" -n sh -c "ip link set lo up; ip addr add 10.9.0.$i/24 dev eth0; ip link set eth0 up"
    nsenter -t "${pids[i]}" -m sh -c "for d in dev/shm run var/lib/corosync; do mkdir -p $root/\$d; mount -t tmpfs none $root/\$d; done; mkdir -p $root/run/lock"
    configure $i 'token: 1000'
    on $i corosync -f -c /run/corosync.conf >/dev/null &
  done
  for _ in $(seq 120); do ! on 1 corosync-quorumtool -s | grep -q '^Nodes: *2' || break; sleep 0.5; done
  reload() { # prints the exit code, then the token of each node
    code=0; on 1 corosync-cfgtool -R >/dev/null || code=$?
    sleep 2
    echo "$code, token $(for i in 1 2; do on $i corosync-cmapctl -g runtime.config.totem.token | sed 's/.*= //'; done | paste -sd ' ')"
  }
  configure 1 'token: 5000\n crypto_hash: sha9'; reload
  configure 1 'token: 5000'; configure 2 'token: 5000\n crypto_hash: sha9'; reload
}
export -f cluster

for suite in bookworm trixie sid; do
  mapfile -t said < <(unshare -n -m -p -f --kill-child --mount-proc bash -c "cluster $work/$suite" 2>/dev/null)
  expect "$suite, exit code, the file here is bad" "$([ $suite = bookworm ] && echo 7 || echo 0), token 1000 1000" "${said[0]:-}"
  expect "$suite, exit code, the file of the peer is bad" "0, token 5000 1000" "${said[1]:-}"
done
finish
