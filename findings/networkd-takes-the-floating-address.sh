#!/bin/bash
# systemd-networkd with the node's own static address on an interface, and a floating address that IPaddr2 added to it: networkd is
# started again, as each upgrade of the package systemd does, or a switch is without power for a moment.
#
# Guess: networkd manages what its files name, and leaves an address alone that another program added. A static address stays where the
# carrier is lost, as with ifupdown.
# Seen: 252 of Debian 12 leaves the floating address alone at a restart; 257 of Debian 13 and 262 of sid take it away while the cluster
# says that it runs, until its next monitor, which then counts a failure. `KeepConfiguration=static` prevents that.
# In all three the loss of the carrier takes the node's own address away and leaves the floating one; once the carrier is back the
# floating one is the first, and so the source of all that the node sends in that network. An iSCSI session that logs in again has
# it as its own address then, and loses it at the next move of the service.
#
# The real daemon in namespaces of its own.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm systemd=252.39-1~deb12u2 iproute2
debian_root trixie systemd=257.13-1~deb13u1 iproute2
debian_root sid systemd=262.1-1 iproute2

cat >"$work/try" <<'T'
mkdir -p /run/systemd/network /run/systemd/netif/links /run/systemd/netif/leases
chown -R systemd-network:systemd-network /run/systemd/netif
ip link set lo up; ip link add eth0 type veth peer name port0; ip link set port0 up
printf '[Match]\nName=eth0\n[Network]\nAddress=10.0.0.5/24\nLinkLocalAddressing=no\nIPv6AcceptRA=no\n%s\n' "$1" >/run/systemd/network/10-eth0.network
start() { # networkd, until it says that eth0 is as its file says
  rm -f /run/systemd/netif/links/*
  /lib/systemd/systemd-networkd >/dev/null 2>&1 & daemon=$!
  for _ in $(seq 300); do ! grep -qs "^ADMIN_STATE=configured" /run/systemd/netif/links/* || break; sleep 0.1; done
}
addresses() { ip -o -4 addr show dev eth0 | awk '{print $4}' | sed 's|/24||' | paste -sd ' '; }
say() { # WORDS WANTED: the addresses and the source, once they are the wanted ones or have not become that in time
  for _ in $(seq 50); do [ "$(addresses)" != "$2" ] || break; sleep 0.1; done; sleep 1
  echo "$1: $(addresses), from $(ip route get 10.0.0.9 | sed -n 's/.*src \([0-9.]*\).*/\1/p')"
}
start; ip addr add 10.0.0.20/24 brd + dev eth0; say before '10.0.0.5 10.0.0.20'
kill $daemon; wait $daemon; start; say restart '10.0.0.5'
ip addr add 10.0.0.20/24 brd + dev eth0 2>/dev/null
ip link set port0 down; say 'carrier lost' 10.0.0.20; ip link set port0 up; say 'carrier back' '10.0.0.20 10.0.0.5'
T
for suite in bookworm trixie sid; do
  cp "$work/try" "$work/$suite/tmp/"
  for line in '' KeepConfiguration=static; do
    seen=$(timeout 120 unshare --mount --net --pid --fork --kill-child sh -c 'cd "$0"; mount -t proc proc proc; mount --bind /dev dev
      mount -t tmpfs none run; mount -t sysfs -o ro none sys; exec chroot . bash /tmp/try "$1"' "$work/$suite" "$line" 2>/dev/null)
    case $suite/$line in trixie/ | sid/) kept='10.0.0.5, from 10.0.0.5' ;; *) kept='10.0.0.5 10.0.0.20, from 10.0.0.5' ;; esac
    while IFS='=' read -r what wanted; do
      expect "$suite, $what${line:+, $line}" "$wanted" "$(sed -n "s/^$what: //p" <<<"$seen")"
    done <<E
before=10.0.0.5 10.0.0.20, from 10.0.0.5
restart=$kept
carrier lost=10.0.0.20, from 10.0.0.20
carrier back=10.0.0.20 10.0.0.5, from 10.0.0.20
E
  done
done
finish
