pre=$HARUN_STATE/pre
kept() { [ -e "$pre/$1" ] || [ -e "$pre/$1.absent" ]; }
keep() {
    ! kept "$1" || return 0
    [ -d "$pre" ] || mkdir -p "$pre" || return
    if [ -e "$2" ]; then cp -p "$2" "$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$1"; else : >"$pre/$1.absent"; fi
}
keep_output() {
    ! kept "$1" || return 0
    [ -d "$pre" ] || mkdir -p "$pre" || return
    kept_as=$1; shift
    "$@" >"$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$kept_as"
}
put_back() {
    if [ -e "$pre/$1" ]; then cp -p "$pre/$1" "$2.harun" && mv -f "$2.harun" "$2"
    elif [ -e "$pre/$1.absent" ]; then rm -f "$2" "$2.harun"; fi
}
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
listing() { dpkg-query -W -f='${db:Status-Want} ${db:Status-Status} ${binary:Package}\n'; }
installed() { sed -n 's/^[^ ]* installed //p' | LC_ALL=C sort; }
apt() { apt-get -q -y -o DPkg::Lock::Timeout=300 -o APT::Get::AutomaticRemove=false "$@"; }
kept manual || exit 0
[ -z "$(dpkg --audit)" ] || dpkg --configure -a --force-confdef --force-confold </dev/null || exit 1
listing | installed >"$HARUN_STATE/now" || exit 1
# An apply that was cut off left no list: what is there now is its work.
if [ -e "$HARUN_STATE/added" ]; then
    LC_ALL=C comm -12 "$HARUN_STATE/added" "$HARUN_STATE/now" >"$HARUN_STATE/left"
else
    installed <"$pre/packages" | LC_ALL=C comm -13 - "$HARUN_STATE/now" >"$HARUN_STATE/left"
fi
# Naming a package to apt marks it as wanted by hand, also where it was there already.
marks_as_before() {
    names=
. /etc/os-release
for name in pacemaker resource-agents lightdm; do
    case $ID.$name in
    ubuntu.resource-agents|ubuntu.fence-agents) names="$names $name-base $name-extra";;
    *) names="$names $name";;
    esac
done
set --; for name in $names; do set -- "$@" "$name"; done
    before=" $(installed <"$pre/packages" | tr '\n' ' ')"; manual=" $(tr '\n' ' ' <"$pre/manual")"; marks=
    for name; do
        case $before in *" $name "*) ;; *) continue;; esac
        case $manual in *" $name "*) ;; *) marks="$marks $name";; esac
    done
    # shellcheck disable=SC2086
    [ -z "$marks" ] || apt-mark auto $marks
}
list=' '
while read -r name; do list="$list${name%%:*} "; done <"$HARUN_STATE/left"
has() { case $list in *" $1 "*) true;; *) false;; esac; }
any() { for path; do [ ! -e "$path" ] || return 0; done; return 1; }
if has open-iscsi && any /sys/class/iscsi_session/session*; then
    refuse 'open-iscsi stays: an iSCSI session is open, and purging would remove its settings'
fi
if has libvirt-daemon-system && any /etc/libvirt/qemu/*.xml /var/lib/libvirt/images/*; then
    refuse 'libvirt stays: this node has virtual machines or their disks'
fi
if has corosync && [ -e /etc/corosync/corosync.conf ] && [ -z "$(dpkg --verify corosync)" ]; then :
elif has corosync && systemctl is-active --quiet corosync; then
    refuse 'the cluster packages stay: this node runs a cluster'
fi
set --; for name in $list; do set -- "$@" "$name"; done
if [ $# = 0 ]; then marks_as_before && rm -f /var/lib/harun/apt-running; exit; fi
plan=$(apt -s purge "$@") || exit 1
while read -r verb name _; do
    case $verb in Remv|Purg) has "${name%%:*}" || refuse "purging would also remove $name, which harun did not install";; esac
done <<END
$plan
END
# What had been removed before, but not purged, keeps its settings.
settings=' '
while read -r _ status name; do
    [ "$status" != config-files ] || settings="$settings${name%%:*} "
done <"$pre/packages"
purge=; remove=
for name; do case $settings in *" $name "*) remove="$remove $name";; *) purge="$purge $name";; esac; done
# shellcheck disable=SC2086
{
    [ -z "$remove" ] || apt remove $remove </dev/null || exit 1
    [ -z "$purge" ] || apt purge $purge </dev/null || exit 1
}
marks_as_before && rm -f /var/lib/harun/apt-running
