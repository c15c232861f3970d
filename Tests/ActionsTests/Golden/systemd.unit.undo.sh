# shellcheck disable=SC2120
links() { find /etc/systemd/system /etc/rc?.d -type l "$@" -printf '%p %l\n' 2>/dev/null | LC_ALL=C sort; }
cd "$HARUN_STATE" || exit 1
[ -e pre/links ] || exit 0
# An apply that was cut off left no list. What it made, it made within its time; what is younger is others'.
if [ ! -e after ]; then
    began=$(date -r pre/links +%s) || exit 1
    links ! -newerct "@$((began + 180))" >after.new && mv after.new after || exit 1
fi
# Units that were started are stopped while systemd still knows them as they are.
while read -r unit was; do
    case $was in inactive|failed|unknown) ! systemctl is-active --quiet "$unit" || systemctl stop "$unit" || exit 1;; esac
done <pre/states
# Whoever made or removed links of other units meanwhile has them as they are.
own() {
    awk -v units="sleep.target libvirtd.service a.service libvirt-guests.service $(cat pre/along 2>/dev/null)" '
        BEGIN { count = split(units, names, /[ \n]+/); for (i = 1; i <= count; i++) ours[names[i]] }
        { link = $1; target = $2; sub(/.*\//, "", link); sub(/.*\//, "", target) }
        link in ours || target in ours || (target ".service") in ours'
}
LC_ALL=C comm -13 pre/links after | own | while read -r link target; do
    [ "$(readlink "$link")" != "$target" ] || rm -f "$link"
done
LC_ALL=C comm -23 pre/links after | own | while read -r link target; do
    [ -e "$link" ] || [ -L "$link" ] || { mkdir -p "${link%/*}" && ln -s "$target" "$link"; }
done
systemctl daemon-reload || exit 1
while read -r unit was; do
    case $was in active) systemctl is-active --quiet "$unit" || systemctl start "$unit" || exit 1;; esac
done <pre/states
exit 0
