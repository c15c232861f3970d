[ -e "$HARUN_STATE/begun" ] || exit 0
conf=/etc/corosync/corosync.conf; corosync_key=/etc/corosync/authkey; pacemaker_key=/etc/pacemaker/authkey
[ ! -f $conf ] || grep -Eq '^[[:space:]]*cluster_name:[[:space:]]*shop[[:space:]]*$' $conf || refuse 'this node is in another cluster now'
if crm_mon -1 --output-as=xml 2>/dev/null |
    grep '<resource .*active="true"' | grep -qv 'resource_agent="stonith:'; then
    refuse 'resources run; they are stopped first'
fi
set -e
systemctl stop pacemaker.service corosync.service
mkdir -p "$HARUN_STATE/undone"
for file in $conf $corosync_key $pacemaker_key /var/lib/pacemaker/cib/*; do
    [ ! -f "$file" ] || mv "$file" "$HARUN_STATE/undone/$(echo "$file" | tr / _)"
done
rm -f $conf.harun $corosync_key.harun $pacemaker_key.harun
