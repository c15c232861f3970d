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
kept units || exit 0
conf=/etc/corosync/corosync.conf
if kept corosync.conf && [ -f $conf ] && ! cmp -s $conf "$pre/corosync.conf"; then
    refuse 'a cluster is set up here; it stays'
fi
units_as_before() {
    on=; off=; up=; down=
    sort_unit() {
        case $file in enabled) on="$on $id";; disabled) off="$off $id";; esac
        [ "$id" != sbd.service ] || return 0
        case $active in active|activating|reloading) up="$up $id";; inactive|failed) down="$down $id";; esac
    }
    id=; file=; active=
    while IFS='=' read -r key value; do
        case $key in
        Id) id=$value;;
        UnitFileState) file=$value;;
        ActiveState) active=$value;;
        '') [ -z "$id" ] || sort_unit; id=; file=; active=;;
        esac
    done <"$pre/units"
    [ -z "$id" ] || sort_unit
    # shellcheck disable=SC2086
    {
        [ -z "$off" ] || SYSTEMCTL_SKIP_SYSV=1 systemctl disable --quiet $off || return
        [ -z "$down" ] || systemctl stop $down || return
        [ -z "$up" ] || systemctl start $up || return
        [ -z "$on" ] || SYSTEMCTL_SKIP_SYSV=1 systemctl enable --quiet $on || return
    }
}
set -e
if kept corosync.conf; then
    [ -f $conf ] || { for file in "$pre"/cib:*; do [ ! -f "$file" ] || cp -p "$file" "/var/lib/pacemaker/cib/${file##*/cib:}"; done
        put_back corosync.conf $conf; }
fi
units_as_before
