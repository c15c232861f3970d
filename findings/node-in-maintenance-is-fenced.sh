#!/bin/bash
# Pacemaker, maintenance of one node (`pcs node maintenance n1`) and of the whole cluster (`maintenance-mode=true`), and a node that is
# lost meanwhile, as somebody works on its network or its power.
#
# Guess: maintenance means hands off in both cases: nothing is started, stopped or fenced until it is over.
# Seen (2.1.5 of Debian 12, 3.0.0 of Debian 13, 3.0.3 of sid): so it is for the whole cluster only. A node in maintenance is fenced as
# any other; what it ran dies with it, and as it is in maintenance nothing is started elsewhere. So is the node of a resource that is
# unmanaged or in maintenance by itself. Maintenance of the node is the smaller word, and for the service the worst of the three:
# without any, the other node takes over.
#
# The scheduler alone: a cluster where all runs, as crm_simulate itself says, then that cluster without n1.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pacemaker-cli-utils=2.1.5-1+deb12u1
debian_root trixie pacemaker-cli-utils=3.0.0-2
debian_root sid pacemaker-cli-utils=3.0.3-2

member='in_ccm="true" crmd="online" join="member" expected="member"><lrm><lrm_resources/></lrm></node_state>'
configuration() { # CLUSTER NODE RESOURCE: `maintenance-mode` of the cluster, `maintenance` of n1 and of the resource
  cat <<X
<cib validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config>
<cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="true"/><nvpair id="o2" name="maintenance-mode" value="$1"/>
</cluster_property_set></crm_config><nodes><node id="1" uname="n1"><instance_attributes id="a"><nvpair id="a1" name="maintenance" value="$2"/>
</instance_attributes></node><node id="2" uname="n2"/></nodes><resources><primitive id="fence" class="stonith" type="fence_sbd"/>
<primitive id="web" class="ocf" provider="pacemaker" type="Dummy"><meta_attributes id="m"><nvpair id="m1" name="maintenance" value="$3"/>
</meta_attributes></primitive></resources><constraints><rsc_location id="l1" rsc="web" node="n1" score="100"/><rsc_location id="l2" rsc="fence"
 node="n2" score="100"/></constraints></configuration><status><node_state id="1" uname="n1" $member
<node_state id="2" uname="n2" $member</status></cib>
X
}
for suite in bookworm trixie sid; do
  simulate() { chroot "$work/$suite" crm_simulate -S "$@" 2>/dev/null; }
  lost() { # CLUSTER NODE RESOURCE: what becomes of n1 and of the resource when n1 is lost in that maintenance
    configuration false false false >"$work/$suite/tmp/cib.xml"
    simulate -x /tmp/cib.xml -O /tmp/runs.xml >/dev/null
    sed -i -E "s/(id=\"o2\".*value=)\"[a-z]*\"/\1\"$1\"/; s/(id=\"a1\".*value=)\"[a-z]*\"/\1\"$2\"/; s/(id=\"m1\".*value=)\"[a-z]*\"/\1\"$3\"/" "$work/$suite/tmp/runs.xml"
    simulate -x /tmp/runs.xml --node-fail=n1 >"$work/said"
    grep -q 'Fencing n1' "$work/said" && printf 'fenced, ' || printf 'not fenced, '
    sed -nE '/^Revised/,$ s/.*[*] web.*[)]:[[:space:]]*([A-Za-z]+( n[12])?).*/\1/p' "$work/said"
  }
  expect "$suite, no maintenance" "fenced, Started n2" "$(lost false false false)"
  expect "$suite, of the cluster" "not fenced, Started n1" "$(lost true false false)"
  expect "$suite, of the node" "fenced, Stopped" "$(lost false true false)"
  expect "$suite, of the resource" "fenced, Stopped" "$(lost false false true)"
done
finish
