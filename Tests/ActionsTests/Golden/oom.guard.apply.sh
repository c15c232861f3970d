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
missing() {
    for unit in corosync.service sbd.service pacemaker.service; do choose "$unit"; [ -d "${file%/*}" ] || printf '%s\n' "${file%/*}"; done
}
scores() {
    find_daemons
    for entry in $daemons; do main=${entry%%|*}; main=${main##*/}; take "$entry" && echo "$main $started $now"; done
}
protect() {
    for entry in $daemons; do
        if take "$entry" && [ "$now" -gt "$score" ]; then set_score "$folder" "$score" || return; fi
    done
}
set -e
for unit in corosync.service sbd.service pacemaker.service; do choose "$unit"; guard; done
keep_output folders missing
keep_output scores scores
for unit in corosync.service sbd.service pacemaker.service; do choose "$unit"; keep "$unit" "$file"; done
mkdir -p /run/harun; : >"$pending"
for unit in corosync.service sbd.service pacemaker.service; do
    choose "$unit"
    mkdir -p "${file%/*}"
    printf %s "$text" >"$file.harun"
    chmod 0644 "$file.harun"
    mv -f "$file.harun" "$file"
done
systemctl daemon-reload
rm -f "$pending"
each_unit protect
