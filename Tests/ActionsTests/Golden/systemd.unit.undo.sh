links() { find /etc/systemd/system /etc/rc?.d -type l -printf '%p %l\n' 2>/dev/null | LC_ALL=C sort; }
cd "$HARUN_STATE" || exit 1
[ -e pre/links ] || exit 0
# An apply that was cut off left no list: what is there now is its work.
[ -e after ] || { links >after.new && mv after.new after; } || exit 1
# Units that were started are stopped while systemd still knows them as they are.
while read -r unit was; do
    case $was in inactive|failed|unknown) ! systemctl is-active --quiet "$unit" || systemctl stop "$unit" || exit 1;; esac
done <pre/states
comm -13 pre/links after | while read -r link target; do
    [ "$(readlink "$link")" != "$target" ] || rm -f "$link"
done
comm -23 pre/links after | while read -r link target; do
    [ -e "$link" ] || [ -L "$link" ] || { mkdir -p "${link%/*}" && ln -s "$target" "$link"; }
done
systemctl daemon-reload || exit 1
while read -r unit was; do
    case $was in active) systemctl is-active --quiet "$unit" || systemctl start "$unit" || exit 1;; esac
done <pre/states
exit 0
