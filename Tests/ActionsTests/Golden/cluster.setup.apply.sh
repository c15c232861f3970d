set -e
for unit in corosync pacemaker; do
    ! systemctl is-active --quiet $unit || refuse "$unit runs here"
done
! grep -q '<primitive' /var/lib/pacemaker/cib/cib.xml 2>/dev/null || refuse 'a CIB with resources lies here'
conf=/etc/corosync/corosync.conf; corosync_key=/etc/corosync/authkey; pacemaker_key=/etc/pacemaker/authkey
[ ! -f $conf ] || grep -Eq '^[[:space:]]*cluster_name:[[:space:]]*shop[[:space:]]*$' $conf || refuse 'this node is in another cluster meanwhile'
umask 077
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
mkdir -p /etc/pacemaker
if [ ! -e "$HARUN_STATE/begun" ]; then
    keep corosync.conf $conf
    keep corosync.authkey $corosync_key
    keep pacemaker.authkey $pacemaker_key
    for file in /var/lib/pacemaker/cib/*; do [ ! -f "$file" ] || keep "cib:${file##*/}" "$file"; done
    : >"$HARUN_STATE/begun"
fi
rm -f $conf $corosync_key $pacemaker_key /var/lib/pacemaker/cib/*
head -c 256 >$corosync_key.harun
head -c 256 >$pacemaker_key.harun
[ "$(stat -c %s $corosync_key.harun $pacemaker_key.harun | tr '\n' ' ')" = '256 256 ' ]
chmod 400 $corosync_key.harun $pacemaker_key.harun
chown hacluster:haclient $pacemaker_key.harun
printf '%s\n' 'totem {
    version: 2
    cluster_name: shop
    transport: knet
    token: 5000
    crypto_cipher: aes256
    crypto_hash: sha256
    cluster_uuid: d00d68ed2ea444f7000000001d7d39e9
}

nodelist {
    node {
        ring0_addr: 10.77.1.11
        ring1_addr: 10.77.2.11
        name: nodo1
        nodeid: 1
    }

    node {
        ring0_addr: 10.77.1.12
        ring1_addr: 10.77.2.12
        name: nodo2
        nodeid: 2
    }
}

quorum {
    provider: corosync_votequorum
    two_node: 1
}

logging {
    to_logfile: yes
    logfile: /var/log/corosync/corosync.log
    to_syslog: yes
    timestamp: on
}' >$conf.harun
chmod 644 $conf.harun
mv $corosync_key.harun $corosync_key
mv $pacemaker_key.harun $pacemaker_key
corosync -t -c $conf.harun || { echo 'corosync rejects its configuration' >&2; exit 1; }
sync
mv $conf.harun $conf
