#!/bin/bash
# pcs node unstandby, of a node that is in standby for another reason than `pcs node standby`: until its next boot (`crm_standby -v on -l
# reboot`, crmsh's `node standby n1 reboot`), or since a monitor with on-fail=standby failed there.
#
# Guess: the node is out of standby then, or pcs says that it is not, and why.
# Seen (pcs 0.11.5 and Pacemaker 2.1.5 of Debian 12, 0.12.0.2 and 3.0.0 of Debian 13, 0.12.3.1 and 3.0.3 of sid): exit code 0, not a word, and
# the node stays in standby, so that nothing can fail over to it. crm_mon shows the first of the two just as it shows a node that pcs has
# put in standby. `crm_attribute -D -l reboot` and a cleanup of the resource are what helps. It is the same the other way: after
# `crm_standby -v off -l reboot`, as one ends the standby of before, `pcs node standby` says 0, and the resources stay where they are,
# while somebody is about to pull the plug. And `pcs node unmaintenance` leaves a node in a maintenance until its next boot.
#
# The tools on a CIB in a file; no cluster.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pcs=0.11.5-1+deb12u1 pacemaker-cli-utils=2.1.5-1+deb12u1 pacemaker-resource-agents=2.1.5-1+deb12u1
debian_root trixie pcs=0.12.0.2-1 pacemaker-cli-utils=3.0.0-2 pacemaker-resource-agents=3.0.0-2
debian_root sid pcs=0.12.3.1-2 pacemaker-cli-utils=3.0.3-2 pacemaker-resource-agents=3.0.3-2

member='in_ccm="true" crmd="online" join="member" expected="member"><lrm><lrm_resources/></lrm></node_state>'
cat >"$work/cib.xml" <<X
<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config>
<cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config><nodes><node id="1" uname="n1"/>
<node id="2" uname="n2"/></nodes><resources><primitive id="vm" class="ocf" provider="pacemaker" type="Dummy"><operations><op id="m" name="monitor"
 interval="10s" on-fail="standby"/></operations></primitive></resources><constraints><rsc_location id="l" rsc="vm" node="n1" score="1"/></constraints>
</configuration><status><node_state id="1" uname="n1" $member
<node_state id="2" uname="n2" $member</status></cib>
X
for suite in bookworm trixie sid; do
  inside() { chroot "$work/$suite" "$@" 2>/dev/null; }
  pcs_node() { local code=0; inside pcs -f /tmp/now.xml node "$@" n1 >"$work/said" || code=$?; echo "$code$(cat "$work/said")"; }
  until_boot() { inside env CIB_file=/tmp/now.xml crm_attribute -N n1 -l reboot -n "$@" >/dev/null; }
  shown() { inside env CIB_file=/tmp/now.xml crm_mon -1 | sed -nE 's/.*[*] Node n1: ([a-z]+( [(]on-fail[)])?).*/\1/p' | grep . || echo online; }
  place() { inside crm_simulate -S -x /tmp/now.xml | sed -nE '/^Revised/,$ s/.*[*] vm.*[)]:[[:space:]]*(.*)/\1/p'; }
  runs() { inside crm_simulate -S -x /tmp/cib.xml -O /tmp/now.xml >/dev/null; }
  cp "$work/cib.xml" "$work/$suite/tmp/"

  runs; pcs_node standby >/dev/null
  expect "$suite, pcs's own standby" "standby, 0, online" "$(shown), $(pcs_node unstandby), $(shown)"
  runs; until_boot standby -v on
  expect "$suite, until the next boot" "standby, 0, standby" "$(shown), $(pcs_node unstandby), $(shown)"
  until_boot standby -D
  expect "$suite, that taken away" online "$(shown)"
  runs; inside crm_simulate -S -x /tmp/now.xml --op-inject vm_monitor_10000@n1=7 -O /tmp/now.xml >/dev/null
  expect "$suite, on-fail=standby" "standby (on-fail), 0, standby (on-fail)" "$(shown), $(pcs_node unstandby), $(shown)"
  runs; until_boot standby -v off
  expect "$suite, standby after an off until the next boot" "0, online, Started n1" "$(pcs_node standby), $(shown), $(place)"
  runs; pcs_node standby >/dev/null
  expect "$suite, standby without it" "standby, Started n2" "$(shown), $(place)"
  runs; until_boot maintenance -v true
  expect "$suite, maintenance until the next boot" "maintenance, 0, maintenance" "$(shown), $(pcs_node unmaintenance), $(shown)"
done
finish
