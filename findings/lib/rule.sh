# shellcheck shell=bash
# For findings about rules: one resource that a rule sends to the second of two nodes while its date_spec applies.

# rule DATE_SPEC: the CIB with that rule.
rule() {
  local member='in_ccm="true" crmd="online" join="member" expected="member"><lrm><lrm_resources/></lrm></node_state>'
  cat <<X
<cib validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config>
<cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/><nvpair id="o2" name="fencing-enabled" value="false"/></cluster_property_set></crm_config><nodes><node id="1" uname="n1"/>
<node id="2" uname="n2"/></nodes><resources><primitive id="vm" class="ocf" provider="pacemaker" type="Dummy"/></resources><constraints>
<rsc_location id="l" rsc="vm"><rule id="r" score="INFINITY"><expression id="e" attribute="#uname" operation="eq" value="n2"/>
<date_expression id="d" operation="date_spec"><date_spec id="s" $1/></date_expression></rule></rsc_location></constraints></configuration><status>
<node_state id="1" uname="n1" $member
<node_state id="2" uname="n2" $member</status></cib>
X
}

# applies SUITE [TIME]: whether the rule of that root's /tmp/cib.xml applies then, in the zone TZ.
applies() {
  local now=(); [ $# -lt 2 ] || now=(--set-datetime "$2")
  # shellcheck disable=SC2154  # of root.sh
  if chroot "$work/$1" env TZ="${TZ:-UTC}" crm_simulate -S -x /tmp/cib.xml "${now[@]}" 2>/dev/null | sed '1,/^Revised/d' | grep -q 'vm.*Started n2'; then
    echo yes; else echo no; fi
}
