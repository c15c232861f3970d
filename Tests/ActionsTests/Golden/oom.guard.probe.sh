pending=/run/harun/reload-pending
# The lowest name: whatever an administrator says in a drop-in of his own wins.
choose() {
    file=/etc/systemd/system/$1.d/00-harun-oom.conf
    case $1 in
    corosync.service) score=-1000; text='# When memory runs out the kernel must find something else to kill: this host would be fenced.
[Service]
OOMScoreAdjust=-1000
';;
    sbd.service) score=-1000; text='# When memory runs out the kernel must find something else to kill: this host would be fenced.
[Service]
OOMScoreAdjust=-1000
';;
    pacemaker.service) score=-100; text='# When memory runs out the kernel must find something else to kill: this host would be fenced.
[Service]
OOMScoreAdjust=-100
OOMPolicy=continue
';;
    esac
}
guard() {
    [ ! -L "$file" ] || refuse "$file is a symbolic link; remove it, or write to the file behind it"
    [ ! -d "$file" ] || refuse "$file is a folder"
}
is_ours() { [ -f "$file" ] && printf %s "$text" | cmp -s - "$file"; }
find_daemons() {
    daemons=
    for folder in /proc/[0-9]*; do
        comm=; read -r comm 2>/dev/null <"$folder/comm" || :
        case $comm in corosync | sbd | pacemaker*) ;; *) continue;; esac
        stat=; read -r stat 2>/dev/null <"$folder/stat" || continue
        now=; read -r now 2>/dev/null <"$folder/oom_score_adj" || continue
        # Behind the name in parentheses: the parent is the second, the moment of its start the twentieth.
        # shellcheck disable=SC2086
        set -- ${stat##*) }
        daemons="$daemons $folder|$2|${20}|$now"
    done
}
# take ENTRY: whether the daemon is the unit's own.
take() {
    folder=${1%%|*}; rest=${1#*|}; parent=${rest%%|*}; rest=${rest#*|}; started=${rest%%|*}; now=${rest#*|}
    [ "$main" != 0 ] && { [ "${folder##*/}" = "$main" ] || [ "$parent" = "$main" ]; }
}
set_score() {
    { printf '%s\n' "$2" >"$1/oom_score_adj"; } 2>/dev/null || [ ! -e "$1/stat" ] ||
        { echo "the kernel refuses the score $2 of process ${1##*/}" >&2; return 1; }
}
# each_unit FUNCTION: calls it with what systemd says of one unit.
each_unit() {
    shown=$(systemctl show --property=Id,LoadState,MainPID,OOMScoreAdjust,NeedDaemonReload corosync.service sbd.service pacemaker.service) || return
    find_daemons
    unit=; load=; main=0; adjust=0; stale=
    while IFS= read -r line; do
        case $line in
        Id=*) unit=${line#*=};;
        LoadState=*) load=${line#*=};;
        MainPID=*) main=${line#*=};;
        OOMScoreAdjust=*) adjust=${line#*=};;
        NeedDaemonReload=*) stale=${line#*=};;
        '')
            if [ -n "$unit" ]; then choose "$unit"; "$1" || return; fi
            unit=; load=; main=0; adjust=0; stale=;;
        esac
    done <<END
$shown

END
}
todo=; over=; bare=
look() {
    guard
    if [ ! -e "$file" ]; then bare="$bare $unit"; return; fi
    if ! is_ours; then todo="$todo, $file has other content"
    elif [ -e "$pending" ] || [ "$stale" = yes ]; then todo="$todo, systemd has not read $file yet"
    elif [ "$load" = loaded ] && [ "$adjust" -gt "$score" ]; then over="$over $unit"
    fi
    for entry in $daemons; do
        take "$entry" || continue
        [ "$now" -le "$score" ] || todo="$todo, process ${folder##*/} of $unit has the score $now"
    done
}
each_unit look || exit 1
# shellcheck disable=SC2086
[ -z "$over" ] || refuse "another drop-in gives OOMScoreAdjust of$over a higher value, and the kernel may kill it: take that out; type here: systemctl cat$over"
[ -z "$bare" ] || todo="$todo, nothing keeps the kernel from killing$bare when memory runs out"
[ -z "$todo" ] || needed "${todo#, }"
satisfied
