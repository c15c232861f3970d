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
set -e
guard
kept file || exit 0
if [ -e "$pre/file" ]; then
    cmp -s "$pre/file" "$file" || is_ours ||
        refuse "$file was changed since; its earlier content is in $pre/file"
else
    [ ! -e "$file" ] || is_ours || refuse "$file was changed since; remove it yourself if it is not needed"
fi
rm -f "${file%/*}/.${file##*/}.harun"
put_back file "$file"
while read -r folder; do rmdir "$folder" 2>/dev/null || :; done <"$pre/folders"
systemctl daemon-reload; rm -f "$pending"
