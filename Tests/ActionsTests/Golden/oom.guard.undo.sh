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
restore() {
    for entry in $daemons; do
        if ! take "$entry" || [ "$now" != "$score" ]; then continue; fi
        was=$adjust
        while read -r pid since before; do
            [ "$pid $since" != "${folder##*/} $started" ] || was=$before
        done <"$pre/scores"
        set_score "$folder" "$was" || return
    done
}
set -e
for unit in corosync.service sbd.service pacemaker.service; do
    choose "$unit"
    kept "$unit" || exit 0
    guard
    if [ -e "$pre/$unit" ]; then
        cmp -s "$pre/$unit" "$file" || is_ours ||
            refuse "$file was changed since; its earlier content is in $pre/$unit"
    else
        [ ! -e "$file" ] || is_ours || refuse "$file was changed since; remove it yourself if it is not needed"
    fi
done
for unit in corosync.service sbd.service pacemaker.service; do choose "$unit"; rm -f "$file.harun"; put_back "$unit" "$file"; done
while read -r folder; do rmdir "$folder" 2>/dev/null || :; done <"$pre/folders"
systemctl daemon-reload
rm -f "$pending"
each_unit restore
