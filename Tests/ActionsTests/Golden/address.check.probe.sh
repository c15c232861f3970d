near=; all=; best=0; routes=$(ip -o -f inet route list match 10.77.1.200/24 scope link 2>/dev/null)
while read -r net word name _; do
    case $net:$word in */*:dev) ;; *) continue;; esac
    all="${all:+$all }$name"
    [ "${net##*/}" -ge "$best" ] || continue
    if [ "${net##*/}" -gt "$best" ]; then best=${net##*/}; near=$name
    else case " $near " in *" $name "*) ;; *) near="$near $name";; esac; fi
done <<EOF
$routes
EOF
nic=$near; case $nic in *' '*) fact nic.several "$nic"; nic=;; esac
[ -z "$nic" ] || fact nic "$nic"
[ -n "$nic" ] || ip -o -f inet addr show scope global | while read -r _ name _ net _; do
    printf '%s ' "$name $net,"
done | blob networks
index=; file=; keeps=
[ -z "$nic" ] || [ ! -r "/sys/class/net/$nic/ifindex" ] || read -r index <"/sys/class/net/$nic/ifindex"
if [ -n "$index" ] && [ -r "/run/systemd/netif/links/$index" ]; then
    while IFS='=' read -r key value; do
        case $key in NETWORK_FILE) file=$value;; esac
    done <"/run/systemd/netif/links/$index"
    name=${file##*/}
    for part in "$file" "/usr/lib/systemd/network/$name.d"/*.conf "/run/systemd/network/$name.d"/*.conf \
        "/etc/systemd/network/$name.d"/*.conf; do
        [ -r "$part" ] || continue
        while IFS=' =' read -r key value; do
            case $key in KeepConfiguration) keeps=$value;; esac
        done <"$part"
    done
    case $keeps in static | yes | true | on | 1) ;; *) [ -z "$file" ] || fact networkd.file "$file";; esac
fi
if command -v cibadmin >/dev/null &&
    cibadmin --query --xpath "//primitive[@id='virtual_ip']//nvpair[@name='ip'][@value='10.77.1.200']" >/dev/null 2>&1
then fact clustered yes
elif ping -c 1 -W 1 10.77.1.200 >/dev/null 2>&1; then fact answers yes
else
    # Who answers no ping is still somebody's neighbour: the kernel has just asked for it.
    case $(ip neigh show to 10.77.1.200 2>/dev/null) in *REACHABLE*) fact answers yes;; esac
fi
satisfied
