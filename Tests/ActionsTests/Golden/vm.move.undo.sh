export LIBVIRT_DEFAULT_URI=qemu:///system; umask 077
S=$HARUN_STATE; N=opencart; F=/etc/harun/vm/opencart.xml
[ -s "$S/pre/original.xml" ] || { echo 'nothing was moved'; exit 0; }
# Done before: by now the machine is its owner's again, who may have stopped it.
[ ! -e "$S/taken-back" ] || exit 0
if cibadmin --query --xpath "//primitive[@id='vm_opencart']" >/dev/null 2>&1; then
    refuse "the cluster still has $N; it would run twice"
fi
if [ -e "$S/disks" ]; then
    while IFS= read -r disk; do
        [ -e "$disk" ] || mv "$disk.harun-pre" "$disk" || exit 1
    done <"$S/disks"
fi
virsh -q define "$S/pre/original.xml" || exit 1
if [ -e "$S/autostart" ]; then virsh -q autostart "$N" || exit 1; fi
if [ -e "$F" ]; then mv "$F" "$S/definition.undone" || exit 1; fi
if [ -e "$S/active" ] && ! virsh -q list --name </dev/null | grep -Fxq "$N"; then virsh -q start "$N" || exit 1; fi
: >"$S/taken-back"
