[ -e "$HARUN_STATE/fstab" ] || exit 0
cmp -s /etc/fstab "$HARUN_STATE/fstab" && exit 0
cmp -s /etc/fstab "$HARUN_STATE/after" ||
    refuse "/etc/fstab was changed since; take the mark '# harun: ' off its lines yourself"
cp -p "$HARUN_STATE/fstab" /etc/fstab.harun && sync /etc/fstab.harun && mv -f /etc/fstab.harun /etc/fstab &&
    systemctl daemon-reload
