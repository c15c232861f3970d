set -- pacemaker resource-agents-base resource-agents-extra resource-agents lightdm
every=$*
there() { for one; do case $installed in *" $one "*) ;; *) return 1;; esac; done; }
known() { for one; do case $installed$offered in *" $one "*) ;; *) return 1;; esac; done; }
# shellcheck disable=SC2086
unsure() { for real; do if there $real; then return; fi; ask="$ask $real"; done; }
# shellcheck disable=SC2086
want() {
    for real; do if known $real; then break; fi; done
    names="$names $real"
    for one in $real; do there "$one" || missing="$missing $one"; done
}
# shellcheck disable=SC2086
look() {
    installed=' '; offered=' '; names=; missing=; ask=
    while read -r status name; do
        case $status in installed) installed="$installed$name ";; esac
    done <<END
$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $every 2>/dev/null)
END
    there resource-agents || unsure 'resource-agents-base resource-agents-extra' resource-agents
    [ -z "$ask" ] || while read -r field name; do
        case $field in Package:) offered="$offered$name ";; esac
    done <<END
$(apt-cache show --no-all-versions $ask 2>/dev/null)
END
    want pacemaker
    want 'resource-agents-base resource-agents-extra' resource-agents
    want lightdm
    missing=${missing# }
}
# As apt saw it before: nothing is known
pre=$HARUN_STATE/pre
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none LC_ALL=C.UTF-8
if [ -r /etc/environment ]; then
    while read -r line || [ -n "$line" ]; do
        line=${line#export }; value=${line#*=}
        case $value in \"*\" | \'*\') value=${value#?}; value=${value%?};; esac
        case ${line%%=*} in http_proxy | https_proxy | ftp_proxy | all_proxy | no_proxy)
            export "${line%%=*}=$value";;
        esac
    done </etc/environment
fi
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
waited=0
unlocked() {
    told=
    while who=$(holder); [ -n "$who" ]; do
        [ "$waited" -lt 1200 ] ||
            { echo "$who has had a lock of apt or dpkg for 20 minutes; nothing was done here"; return 1; }
        [ "$who" = "$told" ] || echo "waiting for $who, which has a lock of apt or dpkg"
        told=$who; waited=$((waited + 2)); sleep 2
    done
}
begun=
apt() {
    while :; do
        unlocked || return 100
        apt-get -q -y -o DPkg::Lock::Timeout=60 -o APT::Get::AutomaticRemove=false "$@" && return
        code=$?
        # Somebody was quicker.
        if [ "$code" != 100 ] || [ -e "$begun" ] || [ -z "$(holder)" ]; then return "$code"; fi
    done
}
stamp=/var/lib/harun/apt-updated
is_fresh() {
    now=$(date +%s); last=0
    [ ! -r "$stamp" ] || read -r last <"$stamp"
    case $last in ''|*[!0-9]*) last=0;; esac
    [ "$last" -le "$now" ] && [ $((now - last)) -lt 3600 ]
}
updated=
# A source that cannot be reached keeps nobody from what the others have.
update() {
    updated=yes
    # Descriptions are for people, and some megabytes; those that are there stay.
    apt update -o Acquire::Languages=none -o APT::Get::List-Cleanup=0 --error-on=any >"$HARUN_STATE/update" 2>&1; code=$?
    sed 's/^[EW]: /warning: /' "$HARUN_STATE/update"
    [ "$code" != 0 ] || date +%s >"$stamp"
}
waiting_dpkg() {
    said=
    until unlocked && said=$(dpkg "$@" 2>&1 </dev/null); do
        case $said in *locked*) [ "$waited" -lt 1200 ];; *) false;; esac || { printf '%s\n' "$said"; return 1; }
        waited=$((waited + 2)); sleep 2
    done
}
places() {
    awk '
    function tell(path) { if (path !~ shared && !((p, path) in told)) { told[p, path]; print p, path } }
    BEGIN {
        kinds = "(var/(lib|spool|opt|mail)|srv|opt)"
        shared = "^/var/lib/(dpkg|apt|systemd|ucf|dbus|debconf|update-rc[.]d|insserv|polkit-1|harun)(/|$)"
        count = split("/var/lib /var/spool /var/opt /srv /opt", roots, " ")
    }
    {
        p = $1; base = "/var/lib/dpkg/info/" p
        if ((getline line < (base ".list")) < 0) base = base ":" $2
        close(base ".list")
        stem = p; sub(/-?[0-9][-0-9.]*$/, "", stem)
        for (i = 1; i <= count; i++) { tell(roots[i] "/" p); if (stem != "") tell(roots[i] "/" stem) }
        while ((getline line < (base ".list")) > 0) if (line ~ "^/" kinds "/.") tell(line)
        while ((getline line < (base ".conffiles")) > 0) { sub(/^[^\/]* /, "", line); tell(line) }
        while ((getline line < (base ".postrm")) > 0) {
            if (line ~ /^[ \t]*([.]|source)[ \t]/ && line !~ /debconf\/confmodule/) tell("!")
            while (match(line, "/(var/(lib|spool|opt|mail)|srv|opt|etc)/[A-Za-z0-9._+-][A-Za-z0-9._+/-]*")) {
                path = substr(line, RSTART, RLENGTH); line = substr(line, RSTART + RLENGTH)
                sub(/[\/.]+$/, "", path); tell(path)
            }
        }
        close(base ".list"); close(base ".conffiles"); close(base ".postrm")
    }'
}
# shellcheck disable=SC2016
found_files() {
    sed -n 's/^[^ ]* \(\/.*\)/\1/p' | LC_ALL=C sort -u | xargs -r -d '\n' sh -c '
        tests=$1; shift; all=$*; n=$#
        while [ "$n" -gt 0 ]; do p=$1; shift; n=$((n - 1)); [ ! -e "$p" ] || set -- "$@" "$p"; done
        # shellcheck disable=SC2086
        [ $# = 0 ] || find "$@" ! -type d ! -type s ! -type p $tests -printf "%s %T@ %p\\n" || echo "? ? $1"
        ' files "$*" | LC_ALL=C sort -u
}
simulate() {
    look
    # shellcheck disable=SC2086
    plan=$(apt -s --no-install-suggests --install-recommends install $missing 2>&1)
}
# What is there stays in its version.
install() {
    # shellcheck disable=SC2016
    logger='exec dd of="$HARUN_STATE/dpkg.$number" bs=4096 oflag=append,dsync conv=notrunc status=none'
    # shellcheck disable=SC2086
    apt --no-remove -o DPkg::Pre-Install-Pkgs::="$HARUN_STATE/hook" \
        -o "DPkg::Tools::Options::$HARUN_STATE/hook::Version=3" -o "Dpkg::Options::=--status-logger=$logger" \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
        --no-install-suggests --install-recommends install $missing </dev/null
}
mkdir -p /var/lib/harun "$pre" || exit 1
unlocked || exit 1
# Packages that an attempt of harun's left half-configured are its own, and it finishes them.
[ ! -e /var/lib/harun/apt-running ] || waiting_dpkg --configure -a --force-confdef --force-confold || exit 1
is_fresh || update
simulate || { [ -z "$updated" ] && update && simulate; } || { printf '%s\n' "$plan"; exit 1; }
gone=; brings=
while read -r verb name version _; do
    case $verb in
    Remv|Purg) gone="$gone $name";;
    Inst) case $version in \(*) brings="$brings $name=${version#?}";; esac;;
    esac
done <<PLAN
$plan
PLAN
[ -z "$gone" ] || refuse "apt would remove$gone to install $missing; nothing was done"
number=1; while [ -e "$pre/set.$number" ]; do number=$((number + 1)); done; export number
begun=$pre/set.$number
cat >"$HARUN_STATE/hook" <<'HOOK'
#!/bin/sh
sync() {
    if [ $# = 0 ] || [ ! -L /usr/bin/sync ]; then command sync "$@"; return; fi
    [ "$1" != -- ] || shift
    perl -e 'require IO; for (@ARGV) {
        sysopen F, $_, 0 and IO::Handle::sync(*F) and next; print STDERR "sync: $_: $!\n"; $bad = 1
    } exit $bad' -- "$@"
}
pre=$HARUN_STATE/pre
n=$number; while [ -e "$pre/set.$n" ]; do n=$((n + 1)); done
since=$(date '+%F %T') || exit 1
cat /var/log/dpkg.log 2>/dev/null | awk -v since="$since" '$3 == "install" && $1 " " $2 >= since' >"$pre/.log" || exit 1
dpkg-query -W -f='${Package} ${Architecture} ${Version} ${db:Status-Status}\n' >"$pre/.was" 2>/dev/null
marks=/var/lib/apt/extended_states; [ -e "$marks" ] || marks=/dev/null
cp "$marks" "$pre/.auto" || exit 1
awk -v was="$pre/.was" '
    BEGIN { while ((getline line < was) > 0) { split(line, f, " "); state[f[1] " " f[2]] = f[4] } }
    !body { if ($0 == "") body = 1; next }
    $9 ~ /^\*\*(REMOVE|PURGE)/ { print "harun: apt would remove " $1 ", and nothing is done" >"/dev/stderr"; bad = 1 }
    $9 !~ /^\*\*/ && $2 == "-" {
        s = state[$1 " " $7]; print $1, $7, $6, s == "" ? "not-installed" : s
    }
    END { if (!body) { print "harun: apt did not tell what it would do" >"/dev/stderr"; bad = 1 }; exit bad }
' >"$pre/.set" || exit 1
sync "$pre/.was" "$pre/.auto" "$pre/.log" "$pre/.set" && mv "$pre/.was" "$pre/was.$n" &&
    mv "$pre/.auto" "$pre/auto.$n" && mv "$pre/.log" "$pre/log.$n" && mv "$pre/.set" "$pre/set.$n" &&
    sync "$pre" || exit 1
HOOK
chmod 700 "$HARUN_STATE/hook" || exit 1
for name in $missing; do
    case $name in lightdm|gdm3|sddm)
        printf '%s shared/default-x-display-manager select %s\n' "$name" "$name" | debconf-set-selections
        break;;
    esac
done
# While this mark is there, what is half-configured is harun's own.
: >/var/lib/harun/apt-running
install
rc=$?
# An archive that is not there any more; nothing was begun.
if [ "$rc" != 0 ] && [ ! -e "$begun" ]; then update; install; rc=$?; fi
[ -e "$begun" ] || { [ "$rc" != 0 ] || rm -f /var/lib/harun/apt-running; exit "$rc"; }
# What came as somebody's dependency and is wanted now would go with that one.
# shellcheck disable=SC2086
[ "$rc" != 0 ] || apt-mark manual $names || exit 1
# apt writes its marks at its end; those of one that failed are not looked at.
if [ "$rc" = 0 ]; then : >"$HARUN_STATE/done.$number"; fi
apt-mark showmanual >"$HARUN_STATE/marks.new" && mv "$HARUN_STATE/marks.new" "$HARUN_STATE/marks.$number" || exit 1
# The files that came with these packages: what else is in their folders one day is somebody's data.
places <"$begun" >"$HARUN_STATE/places.$number" &&
    found_files -cnewer "$begun" <"$HARUN_STATE/places.$number" >"$HARUN_STATE/files.new" &&
    mv "$HARUN_STATE/files.new" "$HARUN_STATE/files.$number" || exit 1
[ "$rc" != 0 ] || rm -f /var/lib/harun/apt-running
exit "$rc"
