#!/bin/bash
# Pacemaker and the VirtualDomain agent, each with its defaults, and one property: `placement-strategy=balanced`, which somebody sets so that
# machines are spread over the nodes by what they need.
#
# Guess: nobody has told the cluster what machines need or nodes have, so there is nothing to balance. A node without a stated capacity
# has no limit; what runs goes on.
# Seen (resource-agents 4.12.0 and Pacemaker 2.1.5 of Debian 12, 4.16.0 and 3.0.0 of Debian 13, 4.18.0 and 3.0.3 of sid): each monitor of the
# agent has long written the machine's processors and memory into the CIB, as utilization of its resource; that does nothing under the
# default strategy. A node that states no capacity has none: once the property is there every machine on every node is shut down, "due to
# node availability", and starts nowhere. So with `utilization`. crm_verify is content. A machine without what the agent writes goes on.
#
# The real agent with libvirt's own test driver, on a CIB in a file; then the scheduler.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm resource-agents=1:4.12.0-2 pacemaker-cli-utils=2.1.5-1+deb12u1 libvirt-clients=9.0.0-4+deb12u2
debian_root trixie resource-agents=1:4.16.0-3+deb13u2 pacemaker-cli-utils=3.0.0-2 libvirt-clients=11.3.0-3+deb13u3
debian_root sid resource-agents=1:4.18.0-4 pacemaker-cli-utils=3.0.3-2 libvirt-clients=12.8.0-1

member='in_ccm="true" crmd="online" join="member" expected="member"><lrm><lrm_resources/></lrm></node_state>'
machine() { # NAME [ATTRIBUTES]
  echo "<primitive id=\"$1\" class=\"ocf\" provider=\"heartbeat\" type=\"VirtualDomain\"><instance_attributes id=\"$1-a\"><nvpair id=\"$1-c\" name=\"config\"
 value=\"/tmp/test.xml\"/><nvpair id=\"$1-h\" name=\"hypervisor\" value=\"test:///default\"/></instance_attributes></primitive>"
}
cat >"$work/cib.xml" <<X
<cib validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config>
<cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/>
<nvpair id="o2" name="fencing-enabled" value="false"/></cluster_property_set></crm_config><nodes><node id="1" uname="n1"/>
<node id="2" uname="n2"/></nodes><resources>$(machine vm-a)$(machine vm-b)$(machine vm-c)</resources><constraints/></configuration><status>
<node_state id="1" uname="n1" $member
<node_state id="2" uname="n2" $member</status></cib>
X
cat >"$work/agent" <<'T'
export OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_TYPE=VirtualDomain HA_RSCTMP=/run/resource-agents OCF_RESKEY_CRM_meta_timeout=20000
export OCF_RESKEY_config=/tmp/test.xml OCF_RESKEY_hypervisor=test:///default CIB_file=/tmp/runs.xml OCF_RESKEY_CRM_meta_interval=30000
mkdir -p /run/resource-agents; printf '<domain type="test">\n <name>test</name>\n</domain>\n' >/tmp/test.xml
OCF_RESOURCE_INSTANCE=$1 /usr/lib/ocf/resource.d/heartbeat/VirtualDomain monitor >/dev/null 2>&1; echo $?
T
for suite in bookworm trixie sid; do
  inside() { chroot "$work/$suite" "$@" 2>/dev/null; }
  cp "$work/cib.xml" "$work/agent" "$work/$suite/tmp/"
  inside crm_simulate -S -x /tmp/cib.xml -O /tmp/runs.xml >/dev/null
  expect "$suite, monitors of the agent" "0 0" "$(for name in vm-a vm-b; do unshare -m chroot "$work/$suite" bash /tmp/agent $name; done | paste -sd ' ')"
  expect "$suite, written" "vm-a cpu vm-a host_memory vm-a hv_memory vm-b cpu vm-b host_memory vm-b hv_memory" \
    "$(sed -nE 's/.*id="(vm-.)-utilization-([a-z_]+)".*/\1 \2/p' "$work/$suite/tmp/runs.xml" | sort | paste -sd ' ')"
  for strategy in default utilization balanced; do
    sed "s|<nvpair id=\"o1\"|<nvpair id=\"o3\" name=\"placement-strategy\" value=\"$strategy\"/>&|" "$work/$suite/tmp/runs.xml" >"$work/$suite/tmp/now.xml"
    code=0; inside crm_verify -V -x /tmp/now.xml >/dev/null || code=$?
    wanted="0, vm-a Started vm-b Started vm-c Started"; [ $strategy = default ] || wanted="0, vm-a Stopped vm-b Stopped vm-c Started"
    expect "$suite, $strategy" "$wanted" \
      "$code, $(inside crm_simulate -S -x /tmp/now.xml | sed -nE '/^Revised/,$ s/.*[*] (vm-.).*[)]:[[:space:]]*([A-Za-z]+).*/\1 \2/p' | paste -sd ' ')"
  done
done
finish
