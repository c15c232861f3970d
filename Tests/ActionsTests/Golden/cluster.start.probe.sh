systemctl show -p Id,LoadState,ActiveState,UnitFileState corosync.service pacemaker.service sbd.service pcsd.service | blob units
crm_mon -1 --output-as=xml --fence-history=2 2>/dev/null | blob status
fact boot "$(systemctl is-enabled corosync.service pacemaker.service 2>/dev/null | tr '\n' ' ')"
satisfied
