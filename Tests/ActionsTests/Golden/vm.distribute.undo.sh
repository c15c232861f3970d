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
F=/etc/harun/vm/opencart.xml
kept definition && [ -d "${F%/*}" ] || exit 0
ask_cluster() {
    has=no; why=; cib=; file=/var/lib/pacemaker/cib/cib.xml
    command -v cibadmin >/dev/null || [ -e "$file" ] || return 0
    if cib=$(cibadmin --query 2>/dev/null); then
        case $cib in *' have-quorum="1"'*) ;; *) has=unknown; why='this part of the cluster has no quorum';; esac
        cib=${cib%%<status*}
        if ! now=$(crm_mon -1 --output-as=xml 2>/dev/null); then has=unknown; why='crm_mon does not answer'; fi
        case $now in *'<resource id="vm_opencart"'*)
            now=${now#*<resource id=\"vm_opencart\"}
            case ${now%%>*} in *' active="true"'*) has=yes; why='the cluster still runs opencart';; esac;;
        esac
    else
        cib=$(cat "$file" 2>/dev/null)
        others=$(grep -c '^[[:space:]]*ring0_addr' /etc/corosync/corosync.conf 2>/dev/null)
        [ "${others:-0}" -lt 2 ] ||
            { has=unknown; why='Pacemaker does not run here, and the other nodes may know more; type: systemctl start pacemaker'; }
    fi
    case $cib in
    *' id="vm_opencart"'* | *'/opencart.xml"'*) has=yes; why='the cluster still has opencart';;
    esac
}
ask_cluster
case $has in
yes) refuse "$why, and needs $F";;
unknown) refuse "$why: the cluster may still need $F";;
esac
rm -f "$F.part" && put_back definition "$F"
