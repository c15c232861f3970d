systemctl --no-block start pacemaker || exit 1
left=80
until systemctl -q is-active pacemaker; do
    left=$((left - 1)); [ "$left" -gt 0 ] || { echo 'Pacemaker does not become active' >&2; exit 1; }
    sleep 2
done
systemctl stop harun-failover-revert.timer
