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
# Asked before the machine is shut down; once it is moved its definition is there.
if [ ! -e "$F" ]; then
cd /sys/class/net && fact links "$(echo *)"
while read -r key value _; do
    case $key in MemTotal: | HugePages_Total: | Hugepagesize:) fact "mem.${key%:}" "$value";; esac
done </proc/meminfo
for cpu in /sys/devices/system/cpu/cpu[0-9]*; do echo "${cpu##*cpu}"; done | sort -n | tail -n 1 | {
    read -r last && fact cpu.last "$last"; }
virsh -q capabilities </dev/null | blob capabilities
virsh -q 'nwfilter-list; domcapabilities --virttype kvm; domcapabilities --virttype qemu' </dev/null 2>/dev/null | blob models
fi
x=$(virsh dumpxml --inactive --security-info opencart 2>/dev/null) && printf '%s\n' "$x" | secret xml
lun_find() {
    DEV=; LUN=; WWID=; lun_unnamed=; lun_disks=' '
    lun_host=10.77.2.20
    for lun_session in /sys/class/iscsi_session/session*; do
        [ -e "$lun_session" ] || continue
        read -r lun_word <"$lun_session/targetname" || continue
        [ "$lun_word" = iqn.2024-12.lab:ha ] || continue
        lun_at=
        for lun_connection in "/sys/class/iscsi_connection/connection${lun_session##*/session}:"*; do
            [ -e "$lun_connection" ] || continue
            read -r lun_word <"$lun_connection/persistent_address" || continue
            [ "$lun_word" = "$lun_host" ] || continue
            read -r lun_word <"$lun_connection/persistent_port" || continue
            [ "$lun_word" != 3260 ] || lun_at=here
        done
        [ -n "$lun_at" ] || continue
        for lun_at in "$lun_session"/device/target*/*:1/block/*; do
            [ -e "$lun_at" ] || continue
            lun_id=; read -r lun_id <"${lun_at%/block/*}/wwid" || :
            case $lun_id in naa.*) lun_id=0x${lun_id#naa.};; esac
            case $lun_id in 0x*) ;; *) lun_unnamed=${lun_id:-nothing}; continue;; esac
            [ "${WWID:=$lun_id}" = "$lun_id" ] || refuse 'LUN 1 of iqn.2024-12.lab:ha is two disks, with the WWIDs' "$WWID and $lun_id"
            WWID=$lun_id; lun_disks="$lun_disks${lun_at##*/} "
        done
    done
    [ -n "$WWID" ] || { [ -z "$lun_unnamed" ] || refuse 'LUN 1 of iqn.2024-12.lab:ha has no NAA identifier, and harun tells disks apart by no other; set one up on the target, which reports:' "$lun_unnamed"; return 1; }
    LUN=/dev/disk/by-id/wwn-$WWID
    [ -b "$LUN" ] || return 1
    DEV=$(readlink -f "$LUN")
    case $lun_disks in *" ${DEV##*/} "*) return 0;; esac
    for lun_at in $lun_disks; do [ ! -e "/sys/class/block/${DEV##*/}/slaves/$lun_at" ] || return 0; done
    refuse "two disks have the WWID $WWID: ${lun_disks# }is LUN 1 of iqn.2024-12.lab:ha at 10.77.2.20:3260, and $LUN leads to ${DEV##*/}"
}
lun_find || DEV=
numbers=
if [ -n "${DEV-}" ]; then
    for number in "/sys/class/block/${DEV##*/}/dev" "/sys/class/block/${DEV##*/}"/*/partition; do
        [ -e "$number" ] || continue
        read -r number <"${number%/*}/dev" && numbers="$numbers $number "
    done
fi
place=/mnt/shared_storage; at=
while read -r _ _ number _ where _; do
    case $numbers in *" $number "*) is_lun=yes;; *) is_lun=no;; esac
    if [ "$where" = "$place" ]; then at=yes; fact mounted yes; [ -z "$numbers" ] || fact mounted.lun $is_lun
    elif [ $is_lun = yes ]; then fact mounted.elsewhere "$where"; fi
done </proc/self/mountinfo
if [ -L "$place" ]; then fact place.link "$(readlink -f "$place")"
elif [ -z "$at" ]; then
    for file in "$place"/* "$place"/.[!.]* "$place"/..?*; do
        if [ -e "$file" ] || [ -L "$file" ]; then fact place.holds "$file"; break; fi
    done
fi
if [ "$x" ]; then
number=0; ids=; mine=
disks=$(virsh -q domblklist --details opencart </dev/null) || exit 1
disks="$disks
$(
os=$(printf '%s\n' "$x" | sed -n '/<os[ >]/,/<\/os>/p')
vars=$(printf '%s\n' "$os" | sed -n -e 's:.*<nvram[^>]*>\([^<]*\)</nvram>.*:\1:p'     -e "/<nvram/,/<\/nvram>/s:.*<source file='\([^']*\)'.*:\1:p")
case $os in
*"<loader"*"stateless='yes'"*) vars=;;
*"<nvram"* | *"firmware='efi'"* | *"type='pflash'"*) vars=${vars:-/var/lib/libvirt/qemu/nvram/opencart_VARS.fd};;
esac
[ -z "$vars" ] || echo "file nvram - $vars"
)"
while read -r kind _ _ path; do
    if [ "$kind" != file ] || [ "$path" = - ]; then continue; fi
    number=$((number + 1)); fact "file.$number" "$path"
    [ -f "$path" ] || { fact "file.$number.kind" missing; continue; }
    case $numbers in *" $(findmnt -n -o MAJ:MIN -T "$path" | tr -d ' ') "*) fact "file.$number.kind" lun;; esac
    [ ! -e "$path.harun-pre" ] || fact "file.$number.kept" yes
    fact "file.$number.size" "$(stat -L -c %s "$path")"
    qemu-img info -U --backing-chain --output=json "$path" 2>/dev/null </dev/null | blob "file.$number.chain"
    qemu-img measure -U -O qcow2 --output=json "$path" 2>/dev/null </dev/null | blob "file.$number.need"
    ids="$ids $(stat -L -c %d:%i "$path") "; mine="$mine/${path##*/}/"
done <<EOF
$disks
EOF
virsh -q list --all --name </dev/null | while IFS= read -r other; do
    if [ -z "$other" ] || [ "$other" = opencart ]; then continue; fi
    virsh -q domblklist --details --domain "$other" </dev/null | while read -r kind _ _ path; do
        case $kind:$mine in volume:*"/${path##*/}/"*) echo "$other";; esac
        if [ "$kind" != file ] || [ ! -f "$path" ]; then continue; fi
        { echo "image: $path"; qemu-img info -U --backing-chain "$path" 2>/dev/null </dev/null; } | sed -n 's/^image: //p' |
            while IFS= read -r file; do
                case $ids in *" $(stat -L -c %d:%i "$file" 2>/dev/null) "*) echo "$other";; esac
            done
    done
done | sort -u | blob users
if [ -n "${DEV-}" ]; then
    case $(findmnt -n -o MAJ:MIN --mountpoint /mnt/shared_storage | tr -d ' ') in
    '') blockdev --flushbufs "$LUN"; dumpe2fs -h "$LUN" 2>/dev/null | blob lun.superblock
        debugfs -c -R 'ls -p /' "$LUN" 2>/dev/null | blob lun.files;;
    *) fact lun.free "$(df -B1 --output=avail /mnt/shared_storage | tail -n 1)"
       find /mnt/shared_storage -maxdepth 1 -type f -printf '/%i/%m/%U/%G/%f/%s/\n' | blob lun.files;;
    esac
fi
fi
ask_cluster() {
    has=no; why=; cib=; file=/var/lib/pacemaker/cib/cib.xml
    command -v cibadmin >/dev/null || [ -e "$file" ] || return 0
    if cib=$(cibadmin --query 2>/dev/null); then
        case $cib in *' have-quorum="1"'*) ;; *) has=unknown; why='this part of the cluster has no quorum';; esac
        cib=${cib%%<status*}
        if ! now=$(crm_mon -1 --output-as=xml 2>/dev/null); then has=unknown; why='crm_mon does not answer'; fi
        case $now in *'<resource id="vm_opencart"'*)
            now=${now#*<resource id=\"vm_opencart\"}
            case ${now%%>*} in *' active="true"'*) has=yes; why='the cluster still runs opencart';; esac;;
        esac
    else
        cib=$(cat "$file" 2>/dev/null)
        others=$(grep -c '^[[:space:]]*ring0_addr' /etc/corosync/corosync.conf 2>/dev/null)
        [ "${others:-0}" -lt 2 ] ||
            { has=unknown; why='Pacemaker does not run here, and the other nodes may know more; type: systemctl start pacemaker'; }
    fi
    case $cib in
    *' id="vm_opencart"'* | *'/opencart.xml"'*) has=yes; why='the cluster still has opencart';;
    esac
}
ask_cluster
case $cib in *'<primitive id="shared_storage"'*) fact storage clustered;; esac
case $has in yes) fact machine clustered;; unknown) fact machine.unknown "$why";; esac
[ ! -r /var/lib/harun/vm/opencart.shutdown ] || { read -r s </var/lib/harun/vm/opencart.shutdown; fact shutdown_seconds "$s"; }
satisfied
