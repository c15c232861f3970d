systemctl stop harun-failover-revert.timer 2>/dev/null; systemctl reset-failed harun-failover-revert.service 2>/dev/null
systemd-run --quiet --unit=harun-failover-revert --on-active=15min systemctl start pacemaker || exit 1
