if [ -f /etc/corosync/corosync.conf ]; then
    blob conf </etc/corosync/corosync.conf
    # shellcheck disable=SC2046
    fact keys $(sha256sum /etc/corosync/authkey /etc/pacemaker/authkey 2>&1 | cut -c 1-64)
    [ ! -f /var/lib/pacemaker/cib/cib.xml ] || blob cib </var/lib/pacemaker/cib/cib.xml
    systemctl show -p Id,LoadState,ActiveState,UnitFileState corosync.service pacemaker.service | blob units
fi
satisfied
