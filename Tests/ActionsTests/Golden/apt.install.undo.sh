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
cd "$HARUN_STATE" || exit 1
[ -e pre/set.1 ] || ! kept packages ||
    refuse 'an older harun installed these packages and did not write down which are its own; remove them yourself'
# Nothing was ever about to be unpacked.
[ -e pre/set.1 ] || { rm -f /var/lib/harun/apt-running; exit 0; }
set -- pacemaker resource-agents-base resource-agents-extra resource-agents lightdm
names=" $* "
# What dpkg was cut off in is in its journal; nothing is configured by taking it in.
waiting_dpkg --set-selections || exit 1
since=$(date -r pre/set.1 '+%F %T') || exit 1
: >going; : >stays
dpkg-query -W -f='${Package} ${Architecture} ${Version} ${db:Status-Status} ${binary:Package}\n' >now || exit 1
apt-mark showmanual >manual || exit 1
zcat -f /var/log/dpkg.log* 2>/dev/null | awk -v since="$since" '$3 == "install" && $1 " " $2 >= since' >log
cat /dev/null pre/log.1 2>/dev/null | awk -v since="$since" '$3 == "install" && $1 " " $2 >= since' >before
last=0; : >remarked
while [ -e "pre/set.$((last + 1))" ]; do
    last=$((last + 1)); next=pre/auto.$((last + 1)); [ -e "$next" ] || next=/var/lib/apt/extended_states
    [ -e "$next" ] || next=/dev/null
    [ -e "marks.$last" ] || cmp -s "pre/auto.$last" "$next" || echo "$last" >>remarked
    [ -e "dpkg.$last" ] || : >"dpkg.$last"
done
awk -v names="$names" -v last="$last" '
    function base(name) { sub(/:.*/, "", name); return name }
    function asked(name, called, n) {
        if (!(called in manual || name in manual) || index(names, " " name " ")) return 0
        for (; n <= last; n++) {
            if (n in seen) return !((n, name) in mark || (n, called) in mark)
            if (n in remarked) return 1
        }
        return 0
    }
    FILENAME ~ /^pre/ {
        split(FILENAME, part, "."); key = $1 " " $2
        if (!(key in first)) { order[++count] = key; first[key] = part[2] }
        attempt[key] = part[2]
        if (!(key in state) || $4 == "config-files") state[key] = $4
    }
    FILENAME ~ /^dpkg/ { if ($1 == "processing:" && $2 == "install:") own[base($3)]++ }
    FILENAME == "log" { logged[base($4)]++ }
    FILENAME == "before" { logged[base($4)]-- }
    FILENAME == "manual" { manual[$1] }
    FILENAME == "remarked" { remarked[$1] }
    FILENAME == "now" && $4 != "not-installed" && $4 != "config-files" {
        there[$1 " " $2] = $5; version[$1 " " $2] = $3
    }
    END {
        for (n = 1; n <= last; n++) {
            while ((got = (getline line < ("marks." n))) > 0) mark[n, line]
            if (got == 0) seen[n]
        }
        for (i = 1; i <= count; i++) {
            key = order[i]; split(key, f, " "); name = f[1]; called = there[key]
            if (called == "") continue
            n = own[name] + 0
            if (!n && (getline line < ("done." attempt[key])) >= 0) n = 1
            why = ""
            if (!n) why = "this step did not get as far as installing it"
            else if (logged[name] + 0 > n) why = "somebody has installed it again since"
            else if (asked(name, called, first[key])) why = "somebody has asked apt for it since"
            if (why == "") print key, version[key], state[key], called >"going"
            else print called " (" why ")" >"stays"
        }
    }' pre/set.* dpkg.* log before manual remarked now || exit 1
list=' '; while read -r _ _ _ _ name; do list="$list${name%%:*} "; done <going
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
# Sets `foreign` to what would go along.
removal() {
    set --; while read -r _ _ _ _ name; do set -- "$@" "$name"; done <going
    foreign=; [ $# != 0 ] || return 0
    plan=$(apt -s remove "$@" 2>&1) || { printf '%s\n' "$plan"; return 1; }
    gone=; brings=
while read -r verb name version _; do
    case $verb in
    Remv|Purg) gone="$gone $name";;
    Inst) case $version in \(*) brings="$brings $name=${version#?}";; esac;;
    esac
done <<PLAN
$plan
PLAN
    for name in $gone; do case $list in *" ${name%%:*} "*) ;; *) foreign="$foreign $name";; esac; done
}
removal || exit 1
others=$(awk 'FILENAME == "now" && $4 == "installed" && !(($1 " " $2) in known) { print; exit }
    { if (FILENAME != "pre/was.1" || $4 == "installed") known[$1 " " $2] }' pre/was.1 going now)
if [ -s going ] && [ -n "$foreign$others" ]; then
    awk -v native="$(dpkg --print-architecture)" '{
        print "Package: " $1 "\nArchitecture: " ($2 == "all" ? native : $2) "\nAuto-Installed: 1\n" }' going >auto
    apt-get -s -q -o Dir::State::extended_states="$PWD/auto" -o APT::AutoRemove::SuggestsImportant=false \
        autoremove >unneeded || exit 1
    : >going.new
    awk -v why="${foreign:- a package that came since}" '
        $1 == "Remv" { sub(/:.*/, "", $2); go[$2]; next }
        FILENAME == "going" { if ($1 in go) print >"going.new"; else print $5 " (needed by" why ")" >>"stays" }
        ' unneeded going || exit 1
    mv going.new going || exit 1
    list=' '; while read -r _ _ _ _ name; do list="$list${name%%:*} "; done <going
    removal || exit 1
    [ -z "$foreign" ] || refuse "taking these packages away would also remove$foreign, which harun did not install"
fi
places <going >folders && found_files -true <folders >found || exit 1
cat /dev/null files.* 2>/dev/null | LC_ALL=C sort -u | LC_ALL=C comm -13 - found >data
remove=; purge=
while read -r verb name; do case $verb in remove) remove="$remove $name";; *) purge="$purge $name";; esac; done <<END
$(awk '
    FILENAME == "data" {
        path = $0; sub(/^[^ ]+ [^ ]+ /, "", path)
        while (path != "" && !(path in used)) { used[path]; sub(/\/[^\/]*$/, "", path) }
    }
    FILENAME == "folders" { place = $0; sub(/^[^ ]+ /, "", place); if (place == "!" || place in used) full[$1] }
    FILENAME == "going" { print $1 in full || $4 == "config-files" ? "remove" : "purge", $5 }' data folders going)
END
cat >hook <<'HOOK'
#!/bin/sh
awk -v set="$HARUN_STATE/going" '
    BEGIN { while ((getline line < set) > 0) { split(line, f, " "); mine[f[1] " " f[3]]; mine[f[1] " -"] } }
    !body { if ($0 == "") body = 1; next }
    $9 == "**CONFIGURE**" { next }
    $9 !~ /^\*\*(REMOVE|PURGE)/ || !(($1 " " $2) in mine) {
        print "harun: apt would change " $1 ", which is not this step\047s, and nothing is done" >"/dev/stderr"; bad = 1
    }
    END { exit bad || !body }'
HOOK
chmod 700 hook || exit 1
away() {
    apt -o DPkg::Pre-Install-Pkgs::="$HARUN_STATE/hook" -o "DPkg::Tools::Options::$HARUN_STATE/hook::Version=3" \
        -o Dpkg::Options::=--force-remove-reinstreq "$@" </dev/null
}
# shellcheck disable=SC2086
{
    [ -z "$remove" ] || { echo "removed, with its settings and data kept:$remove"; away remove $remove; } || exit 1
    [ -z "$purge" ] || away purge $purge || exit 1
}
# Naming a package to apt marks it as wanted by hand, also where it was there already.
marks_as_before() {
    marks=$(awk -v names="$names" '
        FILENAME == "pre/was.1" { if ($4 == "installed") was[$1]; next }
        $1 == "Package:" { name = $2 }
        $1 == "Auto-Installed:" && $2 == 1 && name in was && index(names, " " name " ") { print name }
        ' pre/was.1 pre/auto.1) || return
    # shellcheck disable=SC2086
    [ -z "$marks" ] || apt-mark auto $marks
}
stays=; while read -r line; do stays="$stays${stays:+,} $line"; done <stays
marks_as_before && rm -f /var/lib/harun/apt-running || exit 1
[ -z "$stays" ] || refuse "these packages stay:$stays"
