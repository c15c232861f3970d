#!/bin/bash
# resource-agents, Filesystem: the device's name (`/dev/disk/by-id/wwn-…`) goes away, or leads to another path of the same disk, while
# the file system is mounted: the LUN was unmapped at the target, or somebody logged in to a second portal.
#
# Guess: as in Debian 12 (4.12.0), which looks at the mount point alone: a read or the write of a deeper check fails if the disk is
# gone, the stop unmounts, and the other node takes over.
# Seen (4.16.0 of Debian 13): the monitor says 6, "not configured", for which Pacemaker starts the resource on no node. And the stop
# says 0 and leaves the file system mounted, since what is mounted there is "another device". 4.18.0 of sid stops in the same way, but
# its monitor says 1: at a migration-threshold of 1 the other node mounts what is still mounted here (above that, the start that comes
# first says 6 again). Nobody is fenced, as every stop said 0, and a probe of that node says 7.
#
# The real agent on loop devices, two of them over one file, in a mount namespace of its own; then the scheduler with the codes seen.
if [ -z "${FINDING_ALONE-}" ]; then FINDING_ALONE=1 exec unshare -m --propagation private "$0"; fi
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm resource-agents=1:4.12.0-2 pacemaker-cli-utils=2.1.5-1+deb12u1 psmisc mount kmod e2fsprogs
debian_root trixie resource-agents=1:4.16.0-3+deb13u2 pacemaker-cli-utils=3.0.0-2 psmisc mount kmod e2fsprogs
debian_root sid resource-agents=1:4.18.0-4 pacemaker-cli-utils=3.0.3-2 psmisc mount kmod e2fsprogs
truncate -s 16M "$work/lun"; mkfs.ext4 -q -F "$work/lun"
FIRST=$(losetup -f --show "$work/lun"); SECOND=$(losetup -f --show "$work/lun"); export FIRST SECOND
trap 'umount -qR "$work"/*/{mnt,dev,proc} || true; losetup -d "$FIRST" "$SECOND"; rm -rf --one-file-system "$work"' EXIT

cat >"$work/agent" <<'T'
export OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=fs OCF_RESOURCE_TYPE=Filesystem HA_RSCTMP=/run/resource-agents
export OCF_RESKEY_CRM_meta_timeout=20000 OCF_RESKEY_device=/run/wwn OCF_RESKEY_directory=/mnt OCF_RESKEY_fstype=ext4
run() { # ACTION [INTERVAL]: its exit code, and whether the file system is mounted then
  code=0; OCF_RESKEY_CRM_meta_interval=${2:-0} /usr/lib/ocf/resource.d/heartbeat/Filesystem "$1" >/dev/null 2>&1 || code=$?
  echo "$1 $code $(grep -q ' /mnt ' /proc/mounts && echo mounted || echo -)"
}
mkdir -p /run/resource-agents; ln -sfn "$FIRST" /run/wwn; run start; run monitor 20000
if [ -n "$1" ]; then ln -sfn "$1" /run/wwn; else rm /run/wwn; fi
run monitor 20000; run stop; run monitor; run start; ln -sfn "$FIRST" /run/wwn; run stop
T
member='in_ccm="true" crmd="online" join="member" expected="member"><lrm><lrm_resources/></lrm></node_state>'
cat >"$work/cib.xml" <<X
<cib validate-with="pacemaker-3.7" epoch="5" num_updates="0" admin_epoch="0" have-quorum="1"><configuration><crm_config>
<cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config><nodes><node id="1" uname="n1"/>
<node id="2" uname="n2"/></nodes><resources><primitive id="fs" class="ocf" provider="heartbeat" type="Filesystem"><meta_attributes id="a">
<nvpair id="t" name="migration-threshold" value="1"/></meta_attributes><operations><op id="m" name="monitor" interval="20s"/></operations></primitive></resources>
<constraints/></configuration><status><node_state id="1" uname="n1" $member
<node_state id="2" uname="n2" $member</status></cib>
X
for suite in bookworm trixie sid; do
  mount --rbind /dev "$work/$suite/dev"; mount -t proc proc "$work/$suite/proc"; cp "$work/agent" "$work/cib.xml" "$work/$suite/tmp/"
  for path in "$SECOND" ""; do
    said=$(chroot "$work/$suite" bash /tmp/agent "$path" | tail -n +3 | head -n 4 | paste -sd , | sed 's/ -//g; s/,/, /g')
    case $suite/$path in
      bookworm/?*) wanted="monitor 0 mounted, stop 0, monitor 7, start 0 mounted" ;;
      bookworm/) wanted="monitor 0 mounted, stop 0, monitor 7, start 5" ;;
      trixie/*) wanted="monitor 6 mounted, stop 0 mounted, monitor 7 mounted, start 6 mounted" there=Stopped ;;
      sid/*) wanted="monitor 1 mounted, stop 0 mounted, monitor 7 mounted, start 6 mounted" there="Started n2" ;;
    esac
    expect "$suite, $([ -n "$path" ] && echo another path || echo name gone)" "$wanted" "$said"
    [ $suite != bookworm ] || continue
    scheduler() { chroot "$work/$suite" crm_simulate -S "$@" 2>/dev/null | sed -nE '/^Revised/,$ s/.*[*] fs.*[)]:[[:space:]]*(.*)/\1/p'; }
    scheduler -x /tmp/cib.xml -O /tmp/runs.xml >/dev/null
    expect "$suite, the resource then" "$there" "$(scheduler -x /tmp/runs.xml --op-inject "fs_monitor_20000@n1=${said:8:1}" --op-fail fs_start_0@n1=6)"
  done
done
finish
