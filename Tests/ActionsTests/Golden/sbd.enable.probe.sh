lun_find() {
    WWID=0x6001405aaaa; LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] && DEV=$(readlink -f "$LUN")
}
lun_find || refuse 'this node does not see LUN 0x6001405aaaa'
[ -f /lib/systemd/system/sbd.service ] || refuse 'sbd is not installed'
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
for file in $settings $dropin; do [ -f "$file" ] || needed 'sbd is not configured'; done
[ "$(cat $settings $dropin)" = "$settings_text
$dropin_text" ] || needed 'sbd is configured in another way'
[ -L /etc/systemd/system/corosync.service.requires/sbd.service ] || needed 'sbd does not start with the cluster'
satisfied
