systemctl show -p Id,LoadState,ActiveState,UnitFileState corosync.service pacemaker.service sbd.service pcsd.service | blob units
[ ! -f /etc/corosync/corosync.conf ] || blob conf </etc/corosync/corosync.conf
[ ! -f /var/lib/pacemaker/cib/cib.xml ] || blob cib </var/lib/pacemaker/cib/cib.xml
if grep -q '^SBD_DEVICE=.*/' /etc/default/sbd 2>/dev/null; then fact sbd configured; fi
satisfied
