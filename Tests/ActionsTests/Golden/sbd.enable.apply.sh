set -e
lun_find() {
    WWID=0x6001405aaaa; LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] && DEV=$(readlink -f "$LUN")
}
lun_find || refuse 'the disk is gone'
settings=/etc/default/sbd
dropin=/etc/systemd/system/sbd.service.d/harun.conf
settings_text="# Written by harun; the packaged file explains each setting.
SBD_DELAY_START=yes
SBD_DEVICE=\"$LUN\"
SBD_OPTS=\"-n nodo1\"
SBD_PACEMAKER=yes
SBD_STARTMODE=always
SBD_WATCHDOG_DEV=/dev/watchdog1
SBD_WATCHDOG_TIMEOUT=10"
dropin_text="# Written by harun: at boot the disk comes first, by its iSCSI login.
[Unit]
Wants=open-iscsi.service dev-disk-by\\x2did-wwn\\x2d${WWID}.device
After=open-iscsi.service iscsid.service multipathd.service dev-disk-by\\x2did-wwn\\x2d${WWID}.device"
if [ ! -f "$HARUN_STATE/begun" ]; then
    [ ! -f $settings ] || cp -a $settings "$HARUN_STATE/settings"
    [ ! -f $dropin ] || cp -a $dropin "$HARUN_STATE/dropin"
    ! systemctl is-enabled --quiet sbd.service || : >"$HARUN_STATE/enabled"
    : >"$HARUN_STATE/begun"
fi
mkdir -p "${dropin%/*}"
printf '%s\n' "$settings_text" >$settings.harun && mv $settings.harun $settings
printf '%s\n' "$dropin_text" >$dropin
systemctl enable --quiet sbd.service
systemctl daemon-reload
