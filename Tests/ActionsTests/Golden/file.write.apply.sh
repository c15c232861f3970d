file=/etc/x/50-harun.conf; pending=/run/harun/reload-pending
# shellcheck disable=SC2016
content() { printf %s 'it'\''s
$HOME
'; }
guard() {
    [ ! -L "$file" ] || refuse "$file is a symbolic link; remove it, or write to the file behind it"
    [ ! -d "$file" ] || refuse "$file is a folder"
}
is_ours() { [ -f "$file" ] && content | cmp -s - "$file"; }
has_mode() { [ "$(stat -c '%a %u:%g' "$file")" = '644 0:0' ]; }
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
missing() {
    folder=${file%/*}
    while [ -n "$folder" ] && [ ! -d "$folder" ]; do
        printf '%s\n' "$folder"; folder=${folder%/*}
    done
}
set -e
guard
keep_output folders missing
keep file "$file"
mkdir -p /run/harun; : >"$pending"
mkdir -p "${file%/*}"
new=${file%/*}/.${file##*/}.harun
trap 'rm -f "$new"' EXIT
content >"$new"
chown 0:0 "$new"; chmod 0644 "$new"
mv -f "$new" "$file"
systemctl daemon-reload; rm -f "$pending"
