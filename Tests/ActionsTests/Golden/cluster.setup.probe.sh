systemctl show -p Id,LoadState,ActiveState,UnitFileState corosync.service pacemaker.service sbd.service pcsd.service | blob units
if [ -f /etc/corosync/corosync.conf ]; then
    blob conf </etc/corosync/corosync.conf
    sha256sum /etc/corosync/authkey /etc/pacemaker/authkey 2>&1 | blob keys
    [ ! -f /var/lib/pacemaker/cib/cib.xml ] || blob cib </var/lib/pacemaker/cib/cib.xml
    corosync-quorumtool -s 2>/dev/null | blob quorum
corosync-cmapctl 2>/dev/null | grep -E '^(totem\.[a-z_]+|quorum\.device\.model) ' | blob totem
else
    fact versions "$(dpkg-query -W -f '${Package} ${Version}, ' corosync pacemaker pcs 2>/dev/null)"
fi
satisfied
