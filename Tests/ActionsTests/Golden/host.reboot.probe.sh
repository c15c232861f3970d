find_guests() {
    guests=
    for entry in /run/libvirt/qemu/*.xml; do
        [ -e "${entry%.xml}.pid" ] || continue
        guest=${entry##*/}; guests="$guests ${guest%.xml}"
    done
    guests=${guests# }
}
guard() {
    find_guests; guest=${guests%% *}
    [ -z "$guest" ] ||
        refuse "the virtual machine $guest runs here and a reboot would stop it; type: virsh shutdown $guest"
    systemctl is-active --quiet pacemaker || return 0
    status=$(crm_mon -1 --output-as=xml 2>/dev/null) ||
        refuse 'pacemaker runs here but does not say what it runs; look at crm_mon'
    read -r me </proc/sys/kernel/hostname; me=${me%%.*}; resource=
    while read -r line; do
        case $line in
        *'<resource '*resource_agent=\"stonith:*) resource=;;
        *'<resource '*) resource=${line#*<resource id=\"}; resource=${resource%%\"*};;
        *'<node name="'"$me"'"'*cached=*)
            [ -z "$resource" ] ||
                refuse "the cluster runs $resource here; type: pcs node standby $me, and wait until it has moved"
            ;;
        esac
    done <<END
$status
END
}
is_active() {
    why='graphical.target is not active'
    systemctl is-active --quiet graphical.target
}
is_up() {
    is_active || return 1
    why='a display manager was installed since the last boot'
    state=$(systemctl show -p LoadState -p ConditionTimestampMonotonic display-manager.service)
    case $state in *LoadState=loaded*) ! echo "$state" | grep -qx ConditionTimestampMonotonic=0;; esac
}
read -r boot </proc/sys/kernel/random/boot_id
fact boot_id "$boot"
! is_up || satisfied
if [ -r "${HARUN_STATE:-/dev/null}/ordered" ]; then
    read -r ordered since <"$HARUN_STATE/ordered"
    [ "$ordered" = "$boot" ] || case $(systemctl is-system-running) in
        initializing|starting) ;;
        *) fact rebooted yes;;
    esac
fi
guard
needed "$why"
