shown=$(systemctl show -p UnitFileState -p ActiveState -p TriggeredBy sleep.target libvirtd.service a.service libvirt-guests.service) || exit 1
todo=
# What a socket starts on demand may end when it is idle.
any_active() {
    for socket in $1; do ! systemctl is-active --quiet "$socket" || return 0; done
    return 1
}
check() {
    case $1 in
    mask) case $file in masked) ;; *) todo="$todo, $2 is not masked";; esac;;
    enable)
        case $file in enabled|static|alias|indirect|generated) ;; *) todo="$todo, $2 is not enabled";; esac
        case $active in
        active|activating|reloading) ;;
        *) any_active "$sockets" || todo="$todo, $2 is not active";;
        esac;;
    disable*)
        case $file in enabled|enabled-runtime) todo="$todo, $2 is enabled";; esac
        [ "$1" = disable_only ] ||
            case $active in active|activating|reloading) todo="$todo, $2 is active";; esac;;
    esac
    fact "$2" "${file:-absent} $active"
}
set -- 'mask sleep.target' 'enable libvirtd.service' 'disable a.service' 'disable_only libvirt-guests.service'
file=; active=; sockets=
while [ $# -gt 0 ]; do
    IFS= read -r line || line=
    case $line in
    UnitFileState=*) file=${line#*=};;
    ActiveState=*) active=${line#*=};;
    TriggeredBy=*) sockets=${line#*=};;
    '') check "${1%% *}" "${1#* }"; shift; file=; active=; sockets=;;
    esac
done <<END
$shown

END
[ -z "$todo" ] || needed "${todo#, }"
satisfied
