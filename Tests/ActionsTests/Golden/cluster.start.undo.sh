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
# What ran before goes on, and only its links change.
if grep -qE '^ActiveState=(inactive|failed)$' "$pre/units"; then
    if crm_mon -1 --output-as=xml 2>/dev/null |
    grep '<resource .*active="true"' | grep -qv 'resource_agent="stonith:'; then
    refuse 'resources run; they are stopped first'
fi
fi
units_as_before() {
    on=; off=; up=; down=
    sort_unit() {
        case $file in enabled) on="$on $id";; disabled) off="$off $id";; esac
        
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
units_as_before
