rm -f /etc/systemd/system/harun-watchdog.service /etc/systemd/system/sbd.service.d/harun-watchdog.conf
rmdir /etc/systemd/system/sbd.service.d 2>/dev/null || :
systemctl daemon-reload
[ ! -f "$HARUN_STATE/loaded" ] || modprobe -r softdog 2>/dev/null || :
