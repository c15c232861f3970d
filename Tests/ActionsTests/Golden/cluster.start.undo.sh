if crm_mon -1 --output-as=xml 2>/dev/null |
    grep '<resource .*active="true"' | grep -qv 'resource_agent="stonith:'; then
    refuse 'resources run; they are stopped first'
fi
systemctl disable --quiet corosync.service pacemaker.service
systemctl stop pacemaker.service corosync.service
