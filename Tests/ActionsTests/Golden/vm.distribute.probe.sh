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
cd /sys/class/net && fact links "$(echo *)"
virsh -q capabilities </dev/null | blob capabilities
satisfied
