systemctl show -p Id,LoadState,ActiveState,UnitFileState corosync.service pacemaker.service | blob units
fact boot "$(systemctl is-enabled corosync.service pacemaker.service 2>/dev/null | tr '\n' ' ')"
crm_mon -1 --output-as=xml 2>/dev/null | blob status
satisfied
