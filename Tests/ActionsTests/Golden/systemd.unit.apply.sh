# shellcheck disable=SC2120
links() { find /etc/systemd/system /etc/rc?.d -type l "$@" -printf '%p %l\n' 2>/dev/null | LC_ALL=C sort; }
# A unit that does not exist is as disabled as it can be.
disable() {
    how=$1; shift
    for unit; do
        if systemctl cat "$unit" >/dev/null 2>&1; then systemctl --quiet disable ${how:+"$how"} "$unit" || return; fi
    done
}
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
states() {
    for unit in libvirtd.service a.service; do
        printf '%s %s\n' "$unit" "$(systemctl is-active "$unit")"
    done
}
# What a unit brings along when it is enabled is this step's too.
along() { systemctl cat sleep.target libvirtd.service a.service libvirt-guests.service 2>/dev/null | sed -n 's/^Also=//p' | tr -s ' ' '\n'; }
keep_output states states && keep_output along along && keep_output links links || exit 1
systemctl --quiet mask sleep.target &&
systemctl --quiet enable --now libvirtd.service &&
disable --now a.service &&
disable '' libvirt-guests.service
rc=$?
# shellcheck disable=SC2119
links >"$HARUN_STATE/after" || exit 1
exit "$rc"
