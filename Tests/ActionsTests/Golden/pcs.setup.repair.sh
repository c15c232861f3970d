for unit in corosync pacemaker; do
    ! systemctl is-active --quiet $unit || refuse "$unit runs again"
done
grep -Eq '^[[:space:]]*cluster_name:[[:space:]]*shop[[:space:]]*$' /etc/corosync/corosync.conf || refuse 'the configuration changed meanwhile'
! grep -q '<primitive' /var/lib/pacemaker/cib/cib.xml 2>/dev/null || refuse 'there are resources'
pcs cluster destroy
