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
if [ ! -e "$HARUN_STATE/absent" ] && [ ! -e "$HARUN_STATE/old" ]; then
    if [ -e "$file" ]; then
        cp -p "$file" "$HARUN_STATE/old.new"; mv "$HARUN_STATE/old.new" "$HARUN_STATE/old"
    else
        folder=${file%/*}
        while [ -n "$folder" ] && [ ! -d "$folder" ]; do
            printf '%s\n' "$folder"; folder=${folder%/*}
        done >"$HARUN_STATE/folders"
        : >"$HARUN_STATE/absent"
    fi
fi
mkdir -p /run/harun; : >"$pending"
mkdir -p "${file%/*}"
new=${file%/*}/.harun-$$
trap 'rm -f "$new"' EXIT
content >"$new"
chown 0:0 "$new"; chmod 0644 "$new"
mv -f "$new" "$file"
systemctl daemon-reload; rm -f "$pending"
