#!/bin/bash
# Pacemaker, a machine that runs well on n1, and its probe on n2, a node that joins, ends with an error or not in time: libvirt hangs there, or
# the node is busy with its boot.
#
# Guess: the machine is known to run on n1, with monitors that say so. What n2 cannot say concerns n2: the machine may not go there, or
# n2 gets a stop; n1 is left alone.
# Seen (2.1.5 of Debian 12, 3.0.0 of Debian 13, 3.0.3 of sid): a probe without an answer counts as "active there, and failed". So the machine
# is active twice, and the cure for that is to stop it on both: the healthy one is shut down, whatever stickiness it has, and starts again
# once the stop on n2 has succeeded. Where that fails too, as it will if the probe could not, the machine stays down until n2 is fenced. A
# probe that says 6 stops it for good. With the meta attribute `multiple-active=stop_unexpected` n1 is left alone in the first two cases.
#
# The scheduler alone: a cluster where the machine runs, as crm_simulate itself says, then with that result of the probe.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pacemaker-cli-utils=2.1.5-1+deb12u1
debian_root trixie pacemaker-cli-utils=3.0.0-2
debian_root sid pacemaker-cli-utils=3.0.3-2

member='in_ccm="true" crmd="online" join="member" expected="member"><lrm><lrm_resources/></lrm></node_state>'
configuration() { # MULTIPLE-ACTIVE
  cat <<X
<cib validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config>
<cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="true"/></cluster_property_set></crm_config><nodes><node id="1" uname="n1"/>
<node id="2" uname="n2"/></nodes><resources><primitive id="fence" class="stonith" type="fence_sbd"/><primitive id="vm" class="ocf" provider="pacemaker"
 type="Dummy"><meta_attributes id="a"><nvpair id="a1" name="multiple-active" value="$1"/><nvpair id="a2" name="resource-stickiness" value="INFINITY"/>
</meta_attributes></primitive></resources><constraints><rsc_location id="l" rsc="vm" node="n1" score="1"/></constraints></configuration><status>
<node_state id="1" uname="n1" $member
<node_state id="2" uname="n2" $member</status></cib>
X
}
for suite in bookworm trixie sid; do
  simulate() { chroot "$work/$suite" crm_simulate -S "$@" 2>/dev/null; }
  probe() { # CODE STATUS: the running cluster, with that result of the probe on n2 (status 0: done, 2: timed out)
    sed -E "/<node_state [^>]*uname=\"n2\"/,/<\/node_state>/ { /vm_monitor_0/ { s/ rc-code=\"[0-9]+\"/ rc-code=\"$1\"/
      s/ op-status=\"[0-9]+\"/ op-status=\"$2\"/; s/(transition-magic=)\"[0-9]+:[0-9]+/\1\"$2:$1/ } }" "$work/$suite/tmp/runs.xml" >"$work/$suite/tmp/now.xml"
  }
  acts() { sed -nE 's/^  [*] Resource action: vm +(stop|start) on/\1/p' | paste -sd , | sed 's/,/, /g' | grep . || echo nothing; }
  place() { sed -nE '/^Revised/,$ s/.*[*] vm.*[)]:[[:space:]]*(.*)/\1/p'; }
  for active in stop_start stop_unexpected; do
    configuration $active >"$work/$suite/tmp/cib.xml"
    simulate -x /tmp/cib.xml -O /tmp/runs.xml >/dev/null
    expect "$suite, $active, probe not running (7)" "nothing" "$(probe 7 0; simulate -x /tmp/now.xml | acts)"
    expect "$suite, $active, not installed (5)" "nothing" "$(probe 5 0; simulate -x /tmp/now.xml | acts)"
    case $active in stop_start) wanted="stop n1, stop n2, start n1" ;; *) wanted="stop n2" ;; esac
    expect "$suite, $active, an error (1)" "$wanted" "$(probe 1 0; simulate -x /tmp/now.xml | acts)"
    expect "$suite, $active, not in time" "$wanted" "$(probe 1 2; simulate -x /tmp/now.xml | acts)"
    simulate -x /tmp/now.xml --op-fail vm_stop_0@n2=1 -O /tmp/failed.xml >"$work/said"
    case $active in stop_start) wanted="FAILED n2" ;; *) wanted="FAILED [ n1 n2 ]" ;; esac
    expect "$suite, $active, then the stop fails there" "$wanted" "$(place <"$work/said")"
    expect "$suite, $active, and after that" "1 fenced, Started n1" \
      "$(simulate -x /tmp/failed.xml >"$work/said"; grep -c '^  [*] Fencing n2' "$work/said") fenced, $(place <"$work/said")"
    expect "$suite, $active, not configured (6)" "Stopped" "$(probe 6 0; simulate -x /tmp/now.xml | place)"
  done
done
finish
