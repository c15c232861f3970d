[ -d "$HARUN_STATE/cib" ] || exit 0
set -e
[ ! -f /etc/corosync/corosync.conf ] || refuse 'a cluster is set up here; it stays'
[ ! -f "$HARUN_STATE/corosync.conf" ] || cp -a "$HARUN_STATE/corosync.conf" /etc/corosync/
for file in "$HARUN_STATE"/cib/*; do [ ! -f "$file" ] || cp -a "$file" /var/lib/pacemaker/cib/; done
[ ! -s "$HARUN_STATE/enabled" ] || xargs systemctl enable --quiet <"$HARUN_STATE/enabled"
grep -v sbd "$HARUN_STATE/active" 2>/dev/null | xargs -r systemctl start
