#!/bin/bash
# Pacemaker, an order that contradicts a group: a group of fs, vm and ip that runs, and somebody adds "vm before fs" by mistake.
#
# Guess: crm_verify tells of the loop, or the scheduler leaves one of the orders out with a warning.
# Seen (2.1.5 of Debian 12, 3.0.0 of Debian 13): crm_verify says 0 and not a word. On the cluster where the group runs the scheduler has
# nothing to do, and crm_simulate says 0. Then the node is lost: the summary lists three starts on the other node, and none happens, for
# each waits for another one; the service stays down, for no reason that is told. An order of kind Optional, which says "only if both
# happen to start together", does the same. A simulation of the present shows nothing; that of a lost node ends with exit code 1 and
# "An invalid transition was produced".
#
# The scheduler alone: a cluster where all runs, as crm_simulate itself says, then with the order, then without the node.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pacemaker-cli-utils=2.1.5-1+deb12u1
debian_root trixie pacemaker-cli-utils=3.0.0-2

member='in_ccm="true" crmd="online" join="member" expected="member"><lrm><lrm_resources/></lrm></node_state>'
dummy() { for name in "$@"; do echo "<primitive id=\"$name\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>"; done; }
cat >"$work/cib.xml" <<X
<cib validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config>
<cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config><nodes><node id="1" uname="n1"/>
<node id="2" uname="n2"/></nodes><resources><group id="g">$(dummy fs vm ip)</group></resources><constraints/></configuration><status>
<node_state id="1" uname="n1" $member
<node_state id="2" uname="n2" $member</status></cib>
X
for suite in bookworm trixie; do
  in_root() { chroot "$work/$suite" "$@" 2>/dev/null; }
  simulate() { # ARGUMENT…: exit code, the starts that are announced, and how many resources run then
    local code=0
    in_root crm_simulate -S "$@" >"$work/said" || code=$?
    printf '%s, %s announced, %s run' "$code" "$(sed '/^Executing/,$ d' "$work/said" | grep -c '[*] Start ' || true)" \
      "$(sed '1,/^Revised/ d' "$work/said" | grep -cE '[*] .*Started n' || true)"
  }
  cp "$work/cib.xml" "$work/$suite/tmp/"
  expect "$suite, all starts" "0, 3 announced, 3 run" "$(simulate -x /tmp/cib.xml -O /tmp/runs.xml)"
  expect "$suite, without the order, the node lost" "0, 3 announced, 3 run" "$(simulate -x /tmp/runs.xml --node-fail=n1)"
  for kind in Mandatory Optional; do
    sed "s|<constraints/>|<constraints><rsc_order id=\"c\" first=\"vm\" then=\"fs\" kind=\"$kind\"/></constraints>|" "$work/$suite/tmp/runs.xml" >"$work/$suite/tmp/order.xml"
    expect "$suite, $kind, crm_verify" "0" "$(in_root crm_verify -V -x /tmp/order.xml >/dev/null; echo $?)"
    expect "$suite, $kind, all runs" "0, 0 announced, 3 run" "$(simulate -x /tmp/order.xml)"
    expect "$suite, $kind, the node lost" "1, 3 announced, 0 run" "$(simulate -x /tmp/order.xml --node-fail=n1)"
  done
done
finish
