#!/bin/bash
# Pacemaker and VirtualDomain, a live migration that fails: `pcs node standby n1` before a maintenance, or `pcs resource move vm n2`, of a machine
# with allow-migrate=true, and n2 refuses it (another processor, no name in its DNS, a full disk). libvirt leaves the machine on n1, running.
#
# Guess: it goes on where it is, as with every other manager of machines, and a failed migration is told; or it is tried again.
# Seen (resource-agents 4.12.0 and Pacemaker 2.1.5 of Debian 12, 4.16.0 and 3.0.0 of Debian 13, 4.18.0 and 3.0.3 of sid): the agent says 1
# for the migration and 0 for a monitor afterwards, but nobody asks for one. The machine counts as failed on both nodes: it is shut down on
# n1, and started anew on n2, where the reason of the refusal may still hold. So what was to cost no second costs a shutdown and a boot.
# No on-fail of `migrate_to` keeps it as it was: `stop` ends it on both, `ignore` goes on as though it had migrated and stops it on n1,
# and only `block` lets it run, as failed, with nothing done about it any more until a cleanup.
#
# The real agent with libvirt's own test driver, which migrates nothing; then the scheduler with that result.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm resource-agents=1:4.12.0-2 pacemaker-cli-utils=2.1.5-1+deb12u1 libvirt-clients=9.0.0-4+deb12u2
debian_root trixie resource-agents=1:4.16.0-3+deb13u2 pacemaker-cli-utils=3.0.0-2 libvirt-clients=11.3.0-3+deb13u3
debian_root sid resource-agents=1:4.18.0-4 pacemaker-cli-utils=3.0.3-2 libvirt-clients=12.8.0-1

cat >"$work/agent" <<'T'
export OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=vm OCF_RESOURCE_TYPE=VirtualDomain HA_RSCTMP=/run/resource-agents OCF_RESKEY_CRM_meta_timeout=20000
export OCF_RESKEY_config=/tmp/test.xml OCF_RESKEY_hypervisor=test:///default CIB_file=/tmp/cib.xml
export OCF_RESKEY_CRM_meta_migrate_source=n1 OCF_RESKEY_CRM_meta_migrate_target=n2
mkdir -p /run/resource-agents; printf '<domain type="test">\n <name>test</name>\n</domain>\n' >/tmp/test.xml
for action in migrate_to monitor; do code=0; /usr/lib/ocf/resource.d/heartbeat/VirtualDomain $action >/dev/null 2>&1 || code=$?; echo "$action $code"; done
T
member='in_ccm="true" crmd="online" join="member" expected="member"><lrm><lrm_resources/></lrm></node_state>'
configuration() { # ON-FAIL
  cat <<X
<cib validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config>
<cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config><nodes><node id="1" uname="n1"/>
<node id="2" uname="n2"/></nodes><resources><primitive id="vm" class="ocf" provider="pacemaker" type="Dummy"><meta_attributes id="a"><nvpair id="a1"
 name="allow-migrate" value="true"/></meta_attributes><operations><op id="m" name="migrate_to" interval="0s" on-fail="$1"/></operations></primitive>
</resources><constraints><rsc_location id="l" rsc="vm" node="n1" score="1"/></constraints></configuration><status>
<node_state id="1" uname="n1" $member
<node_state id="2" uname="n2" $member</status></cib>
X
}
for suite in bookworm trixie sid; do
  simulate() { chroot "$work/$suite" crm_simulate -S "$@" 2>/dev/null; }
  acts() { sed -nE 's/^  [*] Resource action: vm +([a-z_]+) on/\1/p' | paste -sd , | sed 's/,/, /g'; }
  place() { sed -nE '/^Revised/,$ s/.*[*] vm.*[)]:[[:space:]]*(.*)/\1/p'; }
  cp "$work/agent" "$work/$suite/tmp/"
  configuration restart >"$work/$suite/tmp/cib.xml"
  expect "$suite, the agent" "migrate_to 1, monitor 0" "$(chroot "$work/$suite" bash /tmp/agent | paste -sd , | sed 's/,/, /')"
  for fail in restart stop ignore block; do
    configuration $fail >"$work/$suite/tmp/cib.xml"
    simulate -x /tmp/cib.xml -O /tmp/runs.xml >/dev/null
    sed 's/node="n1" score="1"/node="n2" score="INFINITY"/' "$work/$suite/tmp/runs.xml" >"$work/$suite/tmp/move.xml"
    [ $fail != restart ] || expect "$suite, it succeeds" "migrate_to n1, migrate_from n2, stop n1" "$(simulate -x /tmp/move.xml | acts)"
    simulate -x /tmp/move.xml --op-fail vm_migrate_to_0@n1=1 -O /tmp/failed.xml >/dev/null
    simulate -x /tmp/failed.xml >"$work/said"
    case $fail in
      restart) wanted="stop n2, stop n1, start n2; Started n2" ;;
      stop) wanted="stop n1, stop n2; Stopped n2" ;;
      ignore) wanted="migrate_from n2, stop n1; Started n2 (failure ignored)" ;;
      block) wanted="; FAILED (blocked) [ n2 n1 ]" ;;
    esac
    expect "$suite, it fails, on-fail=$fail" "$wanted" "$(acts <"$work/said"); $(place <"$work/said")"
  done
done
finish
