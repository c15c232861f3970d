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
set -e
guard
if [ -e "$HARUN_STATE/old" ]; then
    cmp -s "$HARUN_STATE/old" "$file" || is_ours ||
        refuse "$file was changed since; its earlier content is in $HARUN_STATE/old"
    cp -p "$HARUN_STATE/old" "${file%/*}/.harun-$$"; mv -f "${file%/*}/.harun-$$" "$file"
elif [ -e "$HARUN_STATE/absent" ]; then
    [ ! -e "$file" ] || is_ours || refuse "$file was changed since; remove it yourself if it is not needed"
    rm -f "$file"
    while read -r folder; do rmdir "$folder" 2>/dev/null || :; done <"$HARUN_STATE/folders"
fi
systemctl daemon-reload
