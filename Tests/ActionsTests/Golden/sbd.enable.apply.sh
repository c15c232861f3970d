set -e
lun_find() {
    WWID=0x6001405aaaa00000; LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] && DEV=$(readlink -f "$LUN")
}
lun_find || refuse 'the disk is gone'
[ "$LUN" = /dev/disk/by-id/wwn-0x6001405aaaa00000 ] || refuse "it is another disk now: $LUN"
settings=/etc/default/sbd
dropin=/etc/systemd/system/sbd.service.d/harun.conf
settings_text='# Written by harun; the packaged file explains each setting.
SBD_DELAY_START=56
SBD_DEVICE="/dev/disk/by-id/wwn-0x6001405aaaa00000"
SBD_OPTS="-n nodo1"
SBD_PACEMAKER=yes
SBD_STARTMODE=always
SBD_WATCHDOG_DEV=/dev/watchdog1
SBD_WATCHDOG_TIMEOUT=10'
# How long sbd sleeps counts when it starts.
effective() { grep -v '^[[:space:]]*\(#\|$\|SBD_DELAY_START=\)' | sort; }
if [ "$(effective 2>/dev/null <"$settings")" != "$(printf '%s\n' "$settings_text" | effective)" ]; then
    if crm_mon -1 --output-as=xml 2>/dev/null |
    grep '<resource .*active="true"' | grep -qv 'resource_agent="stonith:'; then
    refuse 'resources run; they are stopped first'
fi
    mkdir -p /run/harun
    : >/run/harun/sbd-pending
fi
pre=$HARUN_STATE/pre
kept() { [ -e "$pre/$1" ] || [ -e "$pre/$1.absent" ]; }
keep() {
    ! kept "$1" || return 0
    [ -d "$pre" ] || mkdir -p "$pre" || return
    if [ -e "$2" ]; then cp -p "$2" "$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$1"; else : >"$pre/$1.absent"; fi
}
keep_output() {
    ! kept "$1" || return 0
    [ -d "$pre" ] || mkdir -p "$pre" || return
    kept_as=$1; shift
    "$@" >"$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$kept_as"
}
put_back() {
    if [ -e "$pre/$1" ]; then cp -p "$pre/$1" "$2.harun" && mv -f "$2.harun" "$2"
    elif [ -e "$pre/$1.absent" ]; then rm -f "$2" "$2.harun"; fi
}
enabled() { systemctl is-enabled sbd.service 2>/dev/null || :; }
keep settings $settings
keep dropin $dropin
keep_output enabled enabled
mkdir -p /etc/systemd/system/sbd.service.d
printf '%s\n' "$settings_text" >$settings.harun && mv $settings.harun $settings
printf '%s\n' '# Written by harun: at boot the disk comes first, by its iSCSI login.
[Unit]
Wants=open-iscsi.service dev-disk-by\x2did-wwn\x2d0x6001405aaaa00000.device
After=open-iscsi.service iscsid.service multipathd.service dev-disk-by\x2did-wwn\x2d0x6001405aaaa00000.device

[Service]
TimeoutStartSec=206' >$dropin
SYSTEMCTL_SKIP_SYSV=1 systemctl enable --quiet sbd.service
