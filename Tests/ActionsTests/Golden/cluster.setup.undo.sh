[ -e "$HARUN_STATE/begun" ] || exit 0
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
conf=/etc/corosync/corosync.conf; corosync_key=/etc/corosync/authkey; pacemaker_key=/etc/pacemaker/authkey
[ ! -f $conf ] || grep -Eq '^[[:space:]]*cluster_name:[[:space:]]*shop[[:space:]]*$' $conf || refuse 'this node is in another cluster now'
if crm_mon -1 --output-as=xml 2>/dev/null |
    grep '<resource .*active="true"' | grep -qv 'resource_agent="stonith:'; then
    refuse 'resources run; they are stopped first'
fi
set -e
systemctl stop pacemaker.service corosync.service
if [ ! -e "$HARUN_STATE/left" ]; then
    mkdir -p "$HARUN_STATE/undone"
    for file in $conf $corosync_key $pacemaker_key /var/lib/pacemaker/cib/*; do
        [ ! -f "$file" ] || mv "$file" "$HARUN_STATE/undone/$(echo "$file" | tr / _)"
    done
    : >"$HARUN_STATE/left"
fi
rm -f $conf.harun $corosync_key.harun $pacemaker_key.harun
for file in "$pre"/cib:*; do [ ! -f "$file" ] || cp -p "$file" "/var/lib/pacemaker/cib/${file##*/cib:}"; done
put_back pacemaker.authkey $pacemaker_key
put_back corosync.authkey $corosync_key
put_back corosync.conf $conf
