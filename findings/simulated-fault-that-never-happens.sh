#!/bin/bash
# crm_simulate, a fault that it cannot place: a result given as a word, a resource that is not there, an operation that is mistyped.
#
# Guess: a non-zero exit code, since the question was not answered.
# Seen (Pacemaker 2.1.5 of Debian 12, 3.0.0 of Debian 13): exit code 0. The fault is left out, with one line on standard error or none
# at all (--op-fail), and the forecast is that of a cluster in which nothing fails. A monitor with an interval that the resource
# does not have counts as its failure all the same. Whoever gates a change on "it survives a failed start" has tested nothing.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pacemaker-cli-utils=2.1.5-1+deb12u1
debian_root trixie pacemaker-cli-utils=3.0.0-2

cat >"$work/cib.xml" <<'X'
<cib validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1">
 <configuration>
  <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
  <nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes>
  <resources><primitive id="web" class="ocf" provider="pacemaker" type="Dummy"><operations>
   <op id="web-monitor" name="monitor" interval="10s" timeout="20s"/></operations></primitive></resources>
  <constraints/>
 </configuration>
 <status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources/></lrm></node_state>
  <node_state id="2" uname="n2" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="2"><lrm_resources/></lrm></node_state></status>
</cib>
X

for suite in bookworm trixie; do
  cp "$work/cib.xml" "$work/$suite/tmp/cib.xml"
  forecast() { # ARGUMENT...: exit code, the lines that complain, what becomes of the resource
    local code=0
    chroot "$work/$suite" crm_simulate -x /tmp/cib.xml -S "$@" >"$work/out" 2>"$work/err" || code=$?
    printf '%s, %s, %s' "$code" "$(cat "$work/out" "$work/err" | grep -m 1 -oE '^Invalid [a-z]+ [a-z]+' || echo 'no complaint')" \
      "$(sed -n '/^Revised/,$p' "$work/out" | sed -nE 's/.*[*] web.*[)]:[[:space:]]*([A-Za-z]+).*/\1/p')"
  }
  expect "$suite, a start that fails (1)" "0, no complaint, FAILED" "$(forecast --op-fail web_start_0@n1=1)"
  expect "$suite, a start that is mistyped" "0, no complaint, Started" "$(forecast --op-fail web_strat_0@n1=1)"
  expect "$suite, a start on a node that is not there" "0, no complaint, Started" "$(forecast --op-fail web_start_0@n9=1)"
  expect "$suite, a result as a word" "0, Invalid operation spec, Started" "$(forecast --op-inject web_monitor_10000@n1=not_running)"
  expect "$suite, a resource that is not there" "0, Invalid resource name, Started" "$(forecast --op-inject wbe_monitor_10000@n1=7)"
  chroot "$work/$suite" crm_simulate -x /tmp/cib.xml -S --op-inject web_monitor_5000@n1=7 >"$work/out" 2>&1
  expect "$suite, a monitor with an interval that it does not have" 1 "$(grep -c 'Recover *web' "$work/out")"
done
finish
