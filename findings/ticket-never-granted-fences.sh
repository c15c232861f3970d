#!/bin/bash
# Pacemaker, a ticket for two sites (booth): the machine runs, and `pcs constraint ticket add site vm loss-policy=fence` is typed, as manuals do,
# before the ticket is granted.
#
# Guess: loss-policy says what to do when the ticket is lost. Nothing has been lost here: nobody ever had it. The machine stops until the
# grant, as with the default policy; or it goes on.
# Seen (2.1.5 of Debian 12, 3.0.0 of Debian 13, 3.0.3 of sid, with their pcs): a ticket that the cluster has never heard of counts as lost. Its node is
# fenced at once, "deadman ticket was lost", with everything else that runs there; pcs says nothing. A name with a slip in it does the
# same, for a ticket that was granted. With the ticket granted first the constraint does nothing; with `freeze` it waits in either order.
#
# pcs on a CIB in a file of a cluster where all runs, then the scheduler.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pcs=0.11.5-1+deb12u1 pacemaker-cli-utils=2.1.5-1+deb12u1 pacemaker-resource-agents=2.1.5-1+deb12u1
debian_root trixie pcs=0.12.0.2-1 pacemaker-cli-utils=3.0.0-2 pacemaker-resource-agents=3.0.0-2
debian_root sid pcs=0.12.3.1-2 pacemaker-cli-utils=3.0.3-2 pacemaker-resource-agents=3.0.3-2

member='in_ccm="true" crmd="online" join="member" expected="member"><lrm><lrm_resources/></lrm></node_state>'
cat >"$work/cib.xml" <<X
<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config>
<cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="true"/></cluster_property_set></crm_config><nodes><node id="1" uname="n1"/>
<node id="2" uname="n2"/></nodes><resources><primitive id="fence" class="stonith" type="fence_sbd"/><primitive id="vm" class="ocf" provider="pacemaker"
 type="Dummy"/><primitive id="other" class="ocf" provider="pacemaker" type="Dummy"/></resources><constraints><rsc_location id="l1" rsc="vm" node="n1"
 score="1"/><rsc_location id="l2" rsc="other" node="n1" score="1"/></constraints></configuration><status>
<node_state id="1" uname="n1" $member
<node_state id="2" uname="n2" $member</status></cib>
X
for suite in bookworm trixie sid; do
  inside() { chroot "$work/$suite" "$@" 2>/dev/null; }
  cp "$work/cib.xml" "$work/$suite/tmp/"
  after() { # GRANTED-TICKET NAME-IN-THE-CONSTRAINT POLICY: pcs's exit code, what becomes of n1 and of both resources
    local grant=() code=0
    [ -z "$1" ] || grant=(--ticket-grant="$1")
    inside crm_simulate -S -x /tmp/cib.xml -O /tmp/runs.xml "${grant[@]}" >/dev/null
    inside pcs -f /tmp/runs.xml constraint ticket add "$2" vm loss-policy="$3" >"$work/said" || code=$?
    printf '%s%s, ' "$code" "$(cat "$work/said")"
    inside crm_simulate -S -x /tmp/runs.xml >"$work/said"
    grep -q '^  [*] Fencing n1' "$work/said" && printf 'n1 fenced, '
    sed -nE '/^Revised/,$ s/.*[*] (vm|other).*[)]:[[:space:]]*(.*)/\1 \2/p' "$work/said" | sort | paste -sd , | sed 's/,/, /'
  }
  expect "$suite, never granted, stop" "0, other Started n1, vm Stopped" "$(after '' site stop)"
  expect "$suite, never granted, freeze" "0, other Started n1, vm Started n1" "$(after '' site freeze)"
  expect "$suite, never granted, fence" "0, n1 fenced, other Started n2, vm Stopped" "$(after '' site fence)"
  expect "$suite, granted, fence" "0, other Started n1, vm Started n1" "$(after site site fence)"
  expect "$suite, granted, but with a slip in the name, fence" "0, n1 fenced, other Started n2, vm Stopped" "$(after site siet fence)"
done
finish
