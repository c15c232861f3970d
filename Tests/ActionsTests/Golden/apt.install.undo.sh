export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
apt() { apt-get -q -y -o DPkg::Lock::Timeout=300 -o APT::Get::AutomaticRemove=false "$@"; }
[ -e "$HARUN_STATE/before" ] || exit 0
[ -z "$(dpkg --audit)" ] || dpkg --configure -a --force-confdef --force-confold </dev/null || exit 1
dpkg-query -W -f='${db:Status-Status} ${binary:Package}\n' | sed -n 's/^installed //p' |
    LC_ALL=C sort >"$HARUN_STATE/now" || exit 1
if [ -e "$HARUN_STATE/added" ]; then
    LC_ALL=C comm -12 "$HARUN_STATE/added" "$HARUN_STATE/now" >"$HARUN_STATE/left"
else
    LC_ALL=C comm -13 "$HARUN_STATE/before" "$HARUN_STATE/now" >"$HARUN_STATE/left"
fi
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
[ $# -gt 0 ] || exit 0
plan=$(apt -s purge "$@") || exit 1
while read -r verb name _; do
    case $verb in Remv|Purg) has "${name%%:*}" || refuse "purging would also remove $name, which harun did not install";; esac
done <<END
$plan
END
apt purge "$@" </dev/null && rm -f /var/lib/harun/apt-running
