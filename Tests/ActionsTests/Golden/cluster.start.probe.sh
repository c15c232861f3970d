systemctl show -p Id,LoadState,ActiveState,UnitFileState corosync.service pacemaker.service | blob units
crm_mon -1 --output-as=xml 2>/dev/null | blob status
satisfied
