fact clock "$(date +%s.%N)"
reach() {
    silent=quiet
    if ! command -v ping >/dev/null; then silent=yes
    elif ping -n -q -c 1 -W 2 "$1" >/dev/null 2>&1; then echo yes; return
    fi
    # Whom nobody knows on the cable, no connection reaches either.
    case $(ip neigh show to "$1" 2>/dev/null) in *FAILED*|*INCOMPLETE*) echo no; return;; esac
    for port in 2224 22; do
        # shellcheck disable=SC2016
        if said=$(LC_ALL=C timeout 2 bash -c ': <>"/dev/tcp/$0/$1"' "$1" "$port" 2>&1); then echo $silent; return; fi
        case $said in *refused*) echo $silent; return;; esac
    done
    left=9
    while [ $left -gt 0 ]; do
        case $(ip neigh show to "$1" 2>/dev/null) in
        *REACHABLE*) echo $silent; return;;
        *FAILED*|'') break;;
        esac
        left=$((left - 1)); sleep 1
    done
    echo no
}
pings=
for address in 10.77.1.12 10.77.2.12; do
    (fact "ping.$address" "$(reach "$address")") &
    pings="$pings $!"
done
ID=; VERSION_ID=; PRETTY_NAME=
[ ! -r /etc/os-release ] || . /etc/os-release
fact os "$ID $VERSION_ID"
fact os.name "$PRETTY_NAME"
! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null || fact apt yes
version=; read -r _ version _ <<END
$(systemctl --version 2>/dev/null)
END
fact systemd "${version%%[!0-9]*}"
fact arch "$(uname -m)"
while read -r key _ id _; do case $key in Uid:) fact uid "$id"; break;; esac; done </proc/self/status
read -r init </proc/1/comm; fact init "$init"
read -r name </proc/sys/kernel/hostname; fact hostname "$name"
machine=; [ ! -r /etc/machine-id ] || read -r machine </etc/machine-id; fact machine-id "$machine"
# timedatectl would tell too, but takes seconds to start its service.
sync=unknown
for mark in /run/systemd/timesync/synchronized /run/chrony/chronyd.pid /run/chronyd.pid /run/ntpd.pid; do
    [ ! -e "$mark" ] || sync=$mark
done
fact time-sync "$sync"
addresses=
while read -r _ _ family address _; do
    case $family in inet|inet6) addresses="$addresses ${address%/*}";; esac
done <<END
$(ip -o addr)
END
fact addresses "${addresses# }"
while read -r _ _ _ free _ mount; do fact "free.$mount" "$free"; done <<END
$(df -Pk / /var | sed 1d)
END
while read -r key value _; do
    case $key in MemTotal: | SwapTotal: | HugePages_Total: | Hugepagesize:) fact "mem.${key%:}" "$value";; esac
done </proc/meminfo
[ ! -e /run/corosync.pid ] || fact corosync runs
for file in /etc/harun/vm/*.xml; do [ ! -e "$file" ] || fact vm.defined yes; done
# As pcsd's unit reads it: the last line counts.
if [ -r /etc/default/pcsd ]; then
    while read -r line; do
        case $line in PCSD_WORKER_COUNT=*) fact pcsd.workers "${line#*=}";; esac
    done </etc/default/pcsd
fi
count=0
# Passwords may be in it.
machine() { count=$((count + 1)); sed -n '/<domain[ >]/,/<\/domain>/p' "$2" | secret "$1.$count"; }
for file in /etc/harun/vm/*.xml /etc/libvirt/qemu/opencart.xml; do
    [ ! -e "$file" ] || machine cluster "$file"
done
for file in /etc/libvirt/qemu/autostart/*.xml; do [ ! -e "$file" ] || machine own "$file"; done
for file in /run/libvirt/qemu/*.xml; do
    [ ! -e "${file%.xml}.pid" ] || [ ! -e "$file" ] || machine own "$file"
done
holder() {
    while read -r inode lock; do
        [ -n "$inode" ] || continue
        while read -r _ _ _ _ pid where _; do
            case $where in *:"$inode") ;; *) continue;; esac
            for file in /proc/"$pid"/fd/*; do
                # dash and busybox have it.
                # shellcheck disable=SC3013
                [ "$file" -ef "$lock" ] || continue
                name=; read -r name <"/proc/$pid/comm" || :
                echo "process $pid (${name:-?})"
                return
            done
        done </proc/locks
    done <<LOCKS
$(stat -c '%i %n' /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock \
    /var/cache/apt/archives/lock 2>/dev/null)
LOCKS
}
# What somebody installs just now is no package that was left half installed.
audit=; busy=$(holder)
if [ -n "$busy" ]; then fact apt.holder "$busy"
elif [ ! -e /var/lib/harun/apt-running ]; then audit=$(dpkg --audit 2>&1)
fi
[ -z "$audit" ] || fact dpkg broken
if [ -e /etc/corosync/corosync.conf ]; then
    cluster=; rings=
    while read -r key value; do
        case $key in
        cluster_name:) cluster=$value;;
        ring0_addr:) rings="$rings $value";;
        esac
    done </etc/corosync/corosync.conf
    fact cluster "$cluster"
    fact rings "${rings# }"
fi
for pid in $pings; do wait "$pid"; done
satisfied
