#!/bin/bash
# resource-agents, IPaddr2: an address that is on the interface, but with another prefix than `cidr_netmask`.
#
# Guess: the address counts, whatever its prefix: the monitor says 0, and stop takes it away; or one of them reports an error.
# Seen (4.12.0 of Debian 12, 4.16.0 of Debian 13): the monitor says 7, not running, and stop says 0 and leaves it there. With `nic` the
# same address is even started a second time, on another interface, with 0. So an address that somebody set by hand, or that another
# tool keeps with /32, answers on two machines once the cluster starts its own, and no probe has seen it.
#
# The real agent in a network namespace of its own.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm resource-agents=1:4.12.0-2 iproute2 iputils-arping
debian_root trixie resource-agents=1:4.16.0-3+deb13u2 iproute2 iputils-arping

cat >"$work/try" <<'T'
export OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=vip OCF_RESOURCE_TYPE=IPaddr2 OCF_RESKEY_CRM_meta_timeout=20000
export OCF_RESKEY_ip=10.0.0.20 OCF_RESKEY_arp_count=1 OCF_RESKEY_arp_count_refresh=0 HA_RSCTMP=/run/resource-agents
mkdir -p /run/resource-agents
ip link set lo up
for i in 0 1; do ip link add eth$i type veth peer name port$i; ip link set eth$i up; ip link set port$i up; ip addr add 10.0.$i.5/24 dev eth$i; done
say() { # WORDS ACTION [PARAMETER…]: its exit code and where the address is then
  words=$1; shift; code=0
  env "$@" >/dev/null 2>&1 || code=$?
  echo "$words: $code, $(ip -o addr | awk '$4 ~ /^10.0.0.20\// {print $2, $4}' | paste -sd ' ')"
}
agent=/usr/lib/ocf/resource.d/heartbeat/IPaddr2
ip addr add 10.0.0.20/32 dev eth0
say 'monitor, /24' OCF_RESKEY_cidr_netmask=24 $agent monitor
say 'stop, /24' OCF_RESKEY_cidr_netmask=24 $agent stop
say 'monitor, /32' OCF_RESKEY_cidr_netmask=32 $agent monitor
say 'start on eth1' OCF_RESKEY_cidr_netmask=32 OCF_RESKEY_nic=eth1 $agent start
say 'stop, /32' OCF_RESKEY_cidr_netmask=32 OCF_RESKEY_nic=eth0 $agent stop
T
for suite in bookworm trixie; do
  cp "$work/try" "$work/$suite/tmp/try"
  mapfile -t said < <(unshare -n -m chroot "$work/$suite" bash /tmp/try)
  expect "$suite" "monitor, /24: 7, eth0 10.0.0.20/32" "${said[0]:-}"
  expect "$suite" "stop, /24: 0, eth0 10.0.0.20/32" "${said[1]:-}"
  expect "$suite" "monitor, /32: 0, eth0 10.0.0.20/32" "${said[2]:-}"
  expect "$suite" "start on eth1: 0, eth0 10.0.0.20/32 eth1 10.0.0.20/32" "${said[3]:-}"
  expect "$suite" "stop, /32: 0, eth1 10.0.0.20/32" "${said[4]:-}"
done
finish
