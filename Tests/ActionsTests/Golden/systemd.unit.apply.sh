links() { find /etc/systemd/system /etc/rc?.d -type l -printf '%p %l\n' 2>/dev/null | LC_ALL=C sort; }
# A unit that does not exist is as disabled as it can be.
disable() {
    how=$1; shift
    for unit; do
        if systemctl cat "$unit" >/dev/null 2>&1; then systemctl --quiet disable ${how:+"$how"} "$unit" || return; fi
    done
}
if [ ! -e "$HARUN_STATE/before" ]; then
    for unit in libvirtd.service a.service; do
        printf '%s %s\n' "$unit" "$(systemctl is-active "$unit")"
    done >"$HARUN_STATE/states"
    links >"$HARUN_STATE/before.new" && mv "$HARUN_STATE/before.new" "$HARUN_STATE/before" || exit 1
fi
systemctl --quiet mask sleep.target &&
systemctl --quiet enable --now libvirtd.service &&
disable --now a.service &&
disable '' libvirt-guests.service
rc=$?
links >"$HARUN_STATE/after" || exit 1
exit "$rc"
