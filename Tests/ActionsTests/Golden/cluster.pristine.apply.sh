set -e
conf=/etc/corosync/corosync.conf; cib=/var/lib/pacemaker/cib
if [ -f $conf ]; then
    grep -Eq '^[[:space:]]*cluster_name:[[:space:]]*debian[[:space:]]*$' $conf ||
        refuse 'corosync.conf is not the default one any more'
fi
for unit in pacemaker corosync sbd; do
    systemctl is-enabled --quiet $unit 2>/dev/null && echo $unit >>"$HARUN_STATE/enabled"
    systemctl is-active --quiet $unit && echo $unit >>"$HARUN_STATE/active"
done
systemctl stop pacemaker.service corosync.service
units='pacemaker.service corosync.service'
if [ -e /lib/systemd/system/sbd.service ] && ! grep -q '^SBD_DEVICE=.*/' /etc/default/sbd; then
    units="$units sbd.service"
fi
# shellcheck disable=SC2086
systemctl disable --quiet $units
systemctl reset-failed pacemaker.service corosync.service sbd.service 2>/dev/null || :
mkdir -p "$HARUN_STATE/cib"
[ ! -f $conf ] || mv $conf "$HARUN_STATE/corosync.conf"
for file in "$cib"/*; do [ ! -f "$file" ] || mv "$file" "$HARUN_STATE/cib/"; done
systemctl enable --quiet --now pcsd.service
