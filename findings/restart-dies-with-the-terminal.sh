#!/bin/bash
# crm_resource --restart (`pcs resource restart` runs it), typed over SSH, and the connection breaks while the resource stops, as a machine
# takes minutes to shut down.
#
# Guess: the man page says "tell the cluster to restart this resource", so the cluster knows, and ends it without us.
# Seen (Pacemaker 2.1.5 of Debian 12, 3.0.0 of Debian 13): the tool does it all by itself: it writes target-role=stopped into the CIB, waits,
# and takes it out again. The SIGHUP of a lost terminal ends the waiting, and target-role stays: the resource stops, and is not started
# again by anybody. No failure is told; crm_mon says "Stopped (disabled)", as of a resource that somebody has switched off on purpose.
#
# Corosync and Pacemaker of one node in namespaces of their own; the resource is Pacemaker's Dummy, with stops that take 8 s.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm corosync=3.1.7-1+deb12u2 pacemaker=2.1.5-1+deb12u1 pacemaker-cli-utils=2.1.5-1+deb12u1
debian_root trixie corosync=3.1.9-2+deb13u1 pacemaker=3.0.0-2 pacemaker-cli-utils=3.0.0-2

cat >"$work/new.xml" <<'X'
<configuration><crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
<nodes/><resources><primitive id="vm" class="ocf" provider="pacemaker" type="Dummy"><instance_attributes id="a"><nvpair id="a1" name="op_sleep"
 value="8"/></instance_attributes><operations><op id="s" name="start" interval="0s" timeout="120s"/><op id="t" name="stop" interval="0s"
 timeout="120s"/></operations></primitive></resources><constraints/></configuration>
X
printf 'totem {\n version: 2\n cluster_name: one\n transport: knet\n}\nnodelist {\n node {\n ring0_addr: 10.9.0.1\n name: n1\n nodeid: 1\n }\n}
quorum {\n provider: corosync_votequorum\n}\nlogging {\n to_stderr: yes\n}\n' >"$work/corosync.conf"

# Run in new network, mount and process namespaces: cluster ROOT SIGNAL. Prints what becomes of the resource.
cluster() {
  local root=$1 restart
  mount --make-rprivate /
  ip link set lo up; ip addr add 10.9.0.1/24 dev lo
  for d in dev/shm run var/lib/corosync var/lib/pacemaker var/log; do mkdir -p "$root/$d"; mount -t tmpfs none "$root/$d"; done
  mount -t proc none "$root/proc"; mkdir -p "$root"/run/{lock,resource-agents}
  in_root() { chroot "$root" "$@" 2>/dev/null; }
  in_root sh -c 'cd /var/lib/pacemaker; mkdir -p cib cores pengine blackbox /var/log/pacemaker; chown -R hacluster:haclient . /var/log/pacemaker'
  until_says() { for _ in $(seq 300); do ! "${@:2}" | grep -q "$1" || return 0; sleep 0.5; done; return 1; } # at most 150 s
  resource() { in_root crm_mon -1 --inactive | sed -nE 's/.*[*] vm.*[)]:[[:space:]]*(.*)/\1/p'; }
  in_root corosync -f -c /tmp/corosync.conf >/dev/null &
  until_says '^Quorate: *Yes' in_root corosync-quorumtool -s
  in_root pacemakerd >/dev/null &
  until_says 'Online: .* n1' in_root crm_mon -1
  in_root cibadmin --modify --allow-create --scope configuration --xml-file /tmp/new.xml
  until_says 'Started n1' resource
  chroot "$root" crm_resource --restart --resource vm >/dev/null 2>&1 & restart=$!
  until_says 'name="target-role"' in_root cibadmin --query
  [ -z "$2" ] || kill "-$2" $restart
  wait $restart || true
  until_says "^St.*ed" resource; sleep 1; in_root crm_resource --wait
  echo "$(resource), target-role $(in_root cibadmin --query | sed -nE 's/.*name="target-role" value="([a-z]+)".*/\1/p' | grep . || echo none)"
}
export -f cluster

for suite in bookworm trixie; do
  cp "$work/new.xml" "$work/corosync.conf" "$work/$suite/tmp/"
  for signal in HUP ''; do
    said=$(timeout 550 unshare -n -m -p -f --kill-child --mount-proc bash -c "cluster $work/$suite $signal" 2>/dev/null)
    case $signal in HUP) wanted="Stopped (disabled), target-role stopped" ;; *) wanted="Started n1, target-role none" ;; esac
    expect "$suite, the terminal $([ -n "$signal" ] && echo lost || echo stays)" "$wanted" "$said"
  done
done
finish
