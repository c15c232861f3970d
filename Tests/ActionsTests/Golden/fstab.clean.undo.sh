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
[ -e "$pre/fstab" ] || exit 0
if cmp -s /etc/fstab "$pre/fstab"; then rm -f /etc/fstab.harun; exit 0; fi
cmp -s /etc/fstab "$HARUN_STATE/after" ||
    refuse "/etc/fstab was changed since; take the mark '# harun: ' off its lines yourself"
cp -p "$pre/fstab" /etc/fstab.harun && sync /etc/fstab.harun && mv -f /etc/fstab.harun /etc/fstab &&
    systemctl daemon-reload
