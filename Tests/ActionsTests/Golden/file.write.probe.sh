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
guard
[ -e "$file" ] || needed "$file does not exist"
is_ours || needed "$file has other content"
has_mode || needed "$file has another mode or owner"
[ ! -e "$pending" ] || needed 'systemd has not read it yet'
satisfied
