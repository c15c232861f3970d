export LIBVIRT_DEFAULT_URI=qemu:///system
F=/etc/harun/vm/opencart.xml
if [ -e "$F" ]; then
    secret definition <"$F"; sum=$(sha256sum "$F"); fact sum "${sum%% *}"; fact mode "$(stat -c %a:%u "$F")"
fi
command -v virsh >/dev/null || needed 'libvirt is not installed yet'
exec 3>&1
errors=$({ virsh -q '
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
@checkpoints
"; list --all --with-checkpoint --name; echo "
@bootnetworks
"; net-list --all --autostart --name; echo "
@networks
"; net-list --name' </dev/null | blob domains >&3; } 2>&1)
exec 3>&-
# A host without libvirt's networks has none; whatever else failed leaves a list empty that may not be.
case $errors in *virConnectListAllNetworks*) ;; *error:*) printf '%s\n' "$errors" >&2; exit 1;; esac
cd /sys/class/net && fact links "$(echo *)"
while read -r key value _; do
    case $key in MemTotal: | HugePages_Total: | Hugepagesize:) fact "mem.${key%:}" "$value";; esac
done </proc/meminfo
for cpu in /sys/devices/system/cpu/cpu[0-9]*; do echo "${cpu##*cpu}"; done | sort -n | tail -n 1 | {
    read -r last && fact cpu.last "$last"; }
virsh -q capabilities </dev/null | blob capabilities
virsh -q 'nwfilter-list; domcapabilities --virttype kvm; domcapabilities --virttype qemu' </dev/null 2>/dev/null | blob models
satisfied
