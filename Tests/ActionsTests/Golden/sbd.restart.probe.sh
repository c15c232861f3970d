systemctl show -p Id,LoadState,ActiveState,UnitFileState corosync.service pacemaker.service sbd.service | blob units
crm_mon -1 --output-as=xml 2>/dev/null | blob status
[ ! -e /run/harun/sbd-pending ] || fact pending yes
satisfied
