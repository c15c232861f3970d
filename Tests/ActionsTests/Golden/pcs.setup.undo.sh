conf=/etc/corosync/corosync.conf
[ -f $conf ] || exit 0
grep -Eq '^[[:space:]]*cluster_name:[[:space:]]*shop[[:space:]]*$' $conf || refuse 'this node is in another cluster now'
if crm_mon -1 --output-as=xml 2>/dev/null |
    grep '<resource .*active="true"' | grep -qv 'resource_agent="stonith:'; then
    refuse 'resources run; they are stopped first'
fi
pcs cluster stop --all --force; pcs cluster destroy --all
