#!/bin/bash
# resource-agents, VirtualDomain, a machine that QEMU has paused: its disk's storage is full (QEMU pauses a guest for that by default), or has
# an error and the disk has error_policy=stop.
#
# Guess: the monitor fails, since a paused machine serves nobody, and the cluster restarts it or takes it elsewhere, where its disk may be well.
# Seen (4.12.0 of Debian 12, 4.16.0 of Debian 13, 4.18.0 of sid): the monitor says 0, for as long as it stays paused. crm_mon says Started,
# no failure is counted, nothing is told; only users notice. "crashed" and "pmsuspended" are 1, "in shutdown" is 0 too. What libvirt knows,
# nobody asks for: a script in the agent's `monitor_scripts` that does gives 1.
#
# The real agent and the real virsh with libvirt's test driver, which can be told a state.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm resource-agents=1:4.12.0-2 libvirt-clients=9.0.0-4+deb12u2
debian_root trixie resource-agents=1:4.16.0-3+deb13u2 libvirt-clients=11.3.0-3+deb13u3
debian_root sid resource-agents=1:4.18.0-4 libvirt-clients=12.8.0-1

cat >"$work/agent" <<'T'
export OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=vm OCF_RESOURCE_TYPE=VirtualDomain HA_RSCTMP=/run/resource-agents OCF_RESKEY_CRM_meta_timeout=20000
export OCF_RESKEY_config=/tmp/vm.xml OCF_RESKEY_hypervisor=test:///tmp/host.xml OCF_RESKEY_CRM_meta_interval=30000
export OCF_RESKEY_autoset_utilization_cpu=false OCF_RESKEY_autoset_utilization_hv_memory=false OCF_RESKEY_autoset_utilization_host_memory=false
mkdir -p /run/resource-agents; printf '<domain type="test">\n <name>vm</name>\n</domain>\n' >/tmp/vm.xml
state() { virsh -c test:///tmp/host.xml domstate vm 2>/dev/null | xargs; }
monitor() { local code=0; /usr/lib/ocf/resource.d/heartbeat/VirtualDomain monitor >/dev/null 2>&1 || code=$?; echo "$(state) $code"; }
for number in 1 3 4 5 6 7; do # of virDomainState
  cat >/tmp/host.xml <<X
<node><domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>vm</name><memory>8192</memory><os><type>hvm</type></os>
<test:runstate>$number</test:runstate></domain></node>
X
  monitor
done
printf '#!/bin/sh\n[ "$(virsh -c test:///tmp/host.xml domstate vm 2>/dev/null | head -n 1)" = running ]\n' >/tmp/script; chmod +x /tmp/script
export OCF_RESKEY_monitor_scripts=/tmp/script
for number in 1 3; do sed -i "s|runstate>[0-9]|runstate>$number|" /tmp/host.xml; echo "script, $(monitor)"; done
T
for suite in bookworm trixie sid; do
  cp "$work/agent" "$work/$suite/tmp/"
  expect "$suite" "running 0, paused 0, in shutdown 0, shut off 7, crashed 1, pmsuspended 1, script, running 0, script, paused 1" \
    "$(timeout 300 chroot "$work/$suite" bash /tmp/agent 2>/dev/null | paste -sd , | sed 's/,/, /g; s/,  /, /g')"
done
finish
