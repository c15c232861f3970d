export LIBVIRT_DEFAULT_URI=qemu:///system
F=/etc/harun/vm/opencart.xml
if [ -e "$F" ]; then
    secret definition <"$F"; sum=$(sha256sum "$F"); fact sum "${sum%% *}"; fact mode "$(stat -c %a:%u "$F")"
fi
command -v virsh >/dev/null || needed 'libvirt is not installed yet'
virsh -q '
echo "
@defined
"; list --all --persistent --name; echo "
@active
"; list --name; echo "
@autostart
"; list --all --autostart --name; echo "
@saved
"; list --all --with-managed-save --name; echo "
@snapshots
"; list --all --with-snapshot --name; echo "
@networks
"; net-list --name' </dev/null | blob domains
x=$(virsh dumpxml --inactive --security-info opencart 2>/dev/null) && printf '%s\n' "$x" | secret xml
while read -r _ where _; do [ "$where" != /mnt/shared_storage ] || fact mounted yes; done </proc/mounts
if command -v cibadmin >/dev/null; then
    cibadmin --query --xpath "//primitive[@id='shared_storage']" >/dev/null 2>&1 && fact storage clustered
    cibadmin --query --xpath "//primitive[@id='vm_opencart']" >/dev/null 2>&1 && fact machine clustered
fi
[ ! -r /var/lib/harun/vm/opencart.shutdown ] || { read -r s </var/lib/harun/vm/opencart.shutdown; fact shutdown_seconds "$s"; }
satisfied
