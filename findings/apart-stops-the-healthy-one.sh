#!/bin/bash
# Pacemaker, two machines that must not share a host (`colocation vm-b with vm-a score=-INFINITY`), one on each of two nodes; the node of
# vm-a is lost.
#
# Guess: "apart" has no direction. vm-b is well and has a stickiness of INFINITY, so it goes on, and vm-a waits for its node; at the
# least the one with the higher priority runs.
# Seen (2.1.5 of Debian 12, 3.0.0 of Debian 13, 3.0.3 of sid): vm-b is stopped on its healthy node, and vm-a is started in its place. The
# one behind `with` is placed first, whatever the stickiness of the other, and also where the other one's priority is higher. So one
# lost node interrupts both machines. With the constraint in both directions it is the healthy vm-a that is stopped when n2 is lost;
# with a finite score below the stickiness both run on the node that is left.
#
# The scheduler alone: a cluster where all runs, as crm_simulate itself says, then that cluster without a node.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pacemaker-cli-utils=2.1.5-1+deb12u1
debian_root trixie pacemaker-cli-utils=3.0.0-2
debian_root sid pacemaker-cli-utils=3.0.3-2

member='in_ccm="true" crmd="online" join="member" expected="member"><lrm><lrm_resources/></lrm></node_state>'
configuration() { # CONSTRAINTS PRIORITY-OF-B
  cat <<X
<cib validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config>
<cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config><nodes><node id="1" uname="n1"/>
<node id="2" uname="n2"/></nodes><resources><primitive id="vm-a" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="vm-b" class="ocf"
 provider="pacemaker" type="Dummy"><meta_attributes id="b"><nvpair id="b1" name="priority" value="$2"/></meta_attributes></primitive></resources>
<constraints>$1<rsc_location id="l1" rsc="vm-a" node="n1" score="1"/><rsc_location id="l2" rsc="vm-b" node="n2" score="1"/></constraints>
<rsc_defaults><meta_attributes id="d"><nvpair id="d1" name="resource-stickiness" value="INFINITY"/></meta_attributes></rsc_defaults></configuration><status>
<node_state id="1" uname="n1" $member
<node_state id="2" uname="n2" $member</status></cib>
X
}
for suite in bookworm trixie sid; do
  simulate() { chroot "$work/$suite" crm_simulate -S "$@" 2>/dev/null; }
  lost() { # NODE CONSTRAINTS [PRIORITY]: where both are when that node is lost
    configuration "$2" "${3:-0}" >"$work/$suite/tmp/cib.xml"
    simulate -x /tmp/cib.xml -O /tmp/runs.xml >/dev/null
    simulate -x /tmp/runs.xml --node-fail="$1" | sed -nE '/^Revised/,$ s/.*[*] (vm-.).*[)]:[[:space:]]*([A-Za-z]+( n[12])?).*/\1 \2/p' | sort | paste -sd ' '
  }
  apart='<rsc_colocation id="c1" rsc="vm-b" with-rsc="vm-a" score="-INFINITY"/>'
  back='<rsc_colocation id="c2" rsc="vm-a" with-rsc="vm-b" score="-INFINITY"/>'
  expect "$suite, n2 lost" "vm-a Started n1 vm-b Stopped" "$(lost n2 "$apart")"
  expect "$suite, n1 lost" "vm-a Started n2 vm-b Stopped" "$(lost n1 "$apart")"
  expect "$suite, n1 lost, vm-b of priority 10" "vm-a Started n2 vm-b Stopped" "$(lost n1 "$apart" 10)"
  expect "$suite, n1 lost, in both directions" "vm-a Stopped vm-b Started n2" "$(lost n1 "$apart$back")"
  expect "$suite, n2 lost, in both directions" "vm-a Stopped vm-b Started n1" "$(lost n2 "$apart$back")"
  expect "$suite, n1 lost, with -1000" "vm-a Started n2 vm-b Started n2" "$(lost n1 "${apart/-INFINITY/-1000}")"
done
finish
