names=
. /etc/os-release
for name in pacemaker resource-agents lightdm; do
    case $ID.$name in
    ubuntu.resource-agents|ubuntu.fence-agents) names="$names $name-base $name-extra";;
    *) names="$names $name";;
    esac
done
set --; for name in $names; do set -- "$@" "$name"; done
# As apt saw it before: nothing is known
pre=$HARUN_STATE/pre
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none LC_ALL=C.UTF-8
apt() { apt-get -q -y -o DPkg::Lock::Timeout=300 -o APT::Get::AutomaticRemove=false "$@"; }
stamp=/var/lib/harun/apt-updated
is_fresh() {
    now=$(date +%s); last=0
    [ ! -r "$stamp" ] || read -r last <"$stamp"
    case $last in ''|*[!0-9]*) last=0;; esac
    [ "$last" -le "$now" ] && [ $((now - last)) -lt 3600 ]
}
update() { apt update && date +%s >"$stamp"; }
waiting_dpkg() {
    n=0
    until said=$(dpkg "$@" 2>&1 </dev/null); do
        case $said in *locked*) [ "$n" -lt 150 ];; *) false;; esac || { printf '%s\n' "$said"; return 1; }
        n=$((n + 1)); sleep 2
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
simulate() { plan=$(apt -s install "$@" 2>&1); }
install() {
    # shellcheck disable=SC2016
    logger='exec dd of="$HARUN_STATE/dpkg.$number" bs=4096 oflag=append,dsync conv=notrunc status=none'
    apt --no-remove -o DPkg::Pre-Install-Pkgs::="$HARUN_STATE/hook" \
        -o "DPkg::Tools::Options::$HARUN_STATE/hook::Version=3" -o "Dpkg::Options::=--status-logger=$logger" \
        -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
        install "$@" </dev/null
}
mkdir -p /var/lib/harun "$pre" || exit 1
# Packages that an attempt of harun's left half-configured are its own, and it finishes them.
[ ! -e /var/lib/harun/apt-running ] || waiting_dpkg --configure -a --force-confdef --force-confold || exit 1
is_fresh || update || exit 1
simulate "$@" || { update && simulate "$@"; } || { printf '%s\n' "$plan"; exit 1; }
gone=; brings=
while read -r verb name version _; do
    case $verb in
    Remv|Purg) gone="$gone $name";;
    Inst) case $version in \(*) brings="$brings $name=${version#?}";; esac;;
    esac
done <<PLAN
$plan
PLAN
[ -z "$gone" ] || refuse "apt would remove$gone to install $*; nothing was done"
number=1; while [ -e "$pre/set.$number" ]; do number=$((number + 1)); done; export number
cat >"$HARUN_STATE/hook" <<'HOOK'
#!/bin/sh
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
for name; do
    case $name in lightdm|gdm3|sddm)
        printf '%s shared/default-x-display-manager select %s\n' "$name" "$name" | debconf-set-selections
        break;;
    esac
done
# While this mark is there, what is half-configured is harun's own.
: >/var/lib/harun/apt-running
install "$@"
rc=$?
# An archive that is not there any more; nothing was begun.
if [ "$rc" != 0 ] && [ ! -e "$pre/set.$number" ]; then update && install "$@"; rc=$?; fi
[ -e "$pre/set.$number" ] || { [ "$rc" != 0 ] || rm -f /var/lib/harun/apt-running; exit "$rc"; }
# apt writes its marks at its end; those of one that failed are not looked at.
if [ "$rc" = 0 ]; then : >"$HARUN_STATE/done.$number"; fi
apt-mark showmanual >"$HARUN_STATE/marks.new" && mv "$HARUN_STATE/marks.new" "$HARUN_STATE/marks.$number" || exit 1
# The files that came with these packages: what else is in their folders one day is somebody's data.
places <"$pre/set.$number" >"$HARUN_STATE/places.$number" &&
    found_files -cnewer "$pre/set.$number" <"$HARUN_STATE/places.$number" >"$HARUN_STATE/files.new" &&
    mv "$HARUN_STATE/files.new" "$HARUN_STATE/files.$number" || exit 1
[ "$rc" != 0 ] || rm -f /var/lib/harun/apt-running
exit "$rc"
