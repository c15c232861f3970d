[ -f "$HARUN_STATE/begun" ] || exit 0
set -e
[ -f "$HARUN_STATE/enabled" ] || systemctl disable --quiet sbd.service
if [ -f "$HARUN_STATE/settings" ]; then cp -a "$HARUN_STATE/settings" /etc/default/sbd; else rm -f /etc/default/sbd; fi
folder=/etc/systemd/system/sbd.service.d
if [ -f "$HARUN_STATE/dropin" ]; then cp -a "$HARUN_STATE/dropin" $folder/harun.conf; else rm -f $folder/harun.conf; fi
rmdir $folder 2>/dev/null || :
systemctl daemon-reload
