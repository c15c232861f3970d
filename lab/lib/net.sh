# shellcheck shell=bash
# The lab's own network namespace: one bridge per link, one tap per node and link, and the package cache's door.

inside() { ip netns exec "$NS" "$@"; }
net_exists() { [ -e "/run/netns/$NS" ]; }

net_up() {
  local link node i=0
  if ! net_exists; then
    ip netns add "$NS"
    ip -n "$NS" link set lo up
    # A tap out of its bridge must find nobody here who answers for the bridge's address.
    inside sh -c 'cd /proc/sys/net && echo 1 >ipv4/conf/all/arp_ignore && echo 1 >ipv6/conf/all/disable_ipv6 && echo 1 >ipv6/conf/default/disable_ipv6'
    for link in $LINKS; do
      ip -n "$NS" link add "$link" address "52:54:00:77:f$i:01" type bridge
      ip -n "$NS" link set "$link" up
      i=$((i + 1))
    done
    # The operator sees the control and the cluster link, never the storage link.
    ip -n "$NS" addr add "$CONTROL.1/24" dev control
    ip -n "$NS" addr add "$CLUSTER.1/24" dev cluster
  fi
  for node in $(all_nodes); do
    for link in $LINKS; do
      ip -n "$NS" link show "$(tap "$node" "$link")" >/dev/null 2>&1 && continue
      inside ip tuntap add "$(tap "$node" "$link")" mode tap
      ip -n "$NS" link set "$(tap "$node" "$link")" master "$link" up
    done
  done
  door_up
}

net_down() {
  door_down
  ! net_exists || ip netns del "$NS"
}

# A pulled cable is a tap taken out of its bridge: silent both ways, and it stays so when the node reboots (a switched-off
# bridge port comes back with the carrier). A tap that is down would answer every write with an error, which this kernel's
# interface takes for good.
net_cut() { local link; for link in "${@:2}"; do ip -n "$NS" link set "$(tap "$1" "$link")" nomaster; done; }
net_heal() { local link; for link in $LINKS; do ip -n "$NS" link set "$(tap "$1" "$link")" master "$link" up; done; }
net_links() {
  local link text=""
  for link in $LINKS; do
    if [[ $(ip -n "$NS" link show "$(tap "$1" "$link")" 2>/dev/null) == *" master $link "* ]]; then text+="$link "; else text+="-$link "; fi
  done
  echo "$text"
}

# One package cache for all labs, on loopback. A namespace without a way out reaches it through a unix socket, which lies
# in the file system (apt-cacher-ng's own SocketPath answers no requests).
cache_up() { # the lock of a build (7), of the cache (8) or of a lab (9) is never inherited: see detached
  local proxy i
  mkdir -p "$LAB_DIR/apt/cache" "$LAB_DIR/apt/log"
  exec 8>"$LAB_DIR/apt/lock"
  flock 8
  if ! cache_answers; then
    proxy=$(mirror_proxy "$(mirror_archives | awk 'NR == 1 { print $1 }')")
    printf '%s\n' "CacheDir: $LAB_DIR/apt/cache" "LogDir: $LAB_DIR/apt/log" "Port: $APT_PORT" "BindAddress: 127.0.0.1" \
      "ExThreshold: 4" "ReportPage:" "AllowUserPorts: 80 443 $(mirror_ports)" ${proxy:+"Proxy: $proxy"} >"$LAB_DIR/apt/acng.conf"
    detached apt-cacher-ng -c "$LAB_DIR/apt" ForeGround=1 >"$LAB_DIR/apt/out" 2>&1
    echo $! >"$LAB_DIR/apt/cache.pid"
    for i in $(seq 50); do ! cache_answers || break; sleep 0.1; done
    [ "$i" -lt 50 ] || die "apt-cacher-ng does not answer: see $LAB_DIR/apt/out"
  fi
  if ! process_runs "$LAB_DIR/apt/socket.pid"; then
    rm -f "$LAB_DIR/apt/socket"
    detached socat "UNIX-LISTEN:$LAB_DIR/apt/socket,fork" "TCP:127.0.0.1:$APT_PORT" >/dev/null 2>&1
    echo $! >"$LAB_DIR/apt/socket.pid"
  fi
  exec 8>&-
}
cache_answers() { curl -s -o /dev/null --max-time 5 "http://127.0.0.1:$APT_PORT/"; }
cache_down() { # the last lab puts out the light, unless a build still reads by it
  ! compgen -G '/run/netns/harun-*' >/dev/null || return 0
  flock -n "$LAB_DIR/build.lock" true 2>/dev/null || return 0
  stop_process "$LAB_DIR/apt/cache.pid"
  stop_process "$LAB_DIR/apt/socket.pid"
}

process_runs() { [ -e "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null; }
stop_process() { ! process_runs "$1" || kill "$(cat "$1")" 2>/dev/null || true; rm -f "$1"; }

door_up() {
  cache_up
  ! process_runs "$STATE/door.pid" || return 0
  detached ip netns exec "$NS" socat "TCP-LISTEN:3142,bind=$CONTROL.1,fork,reuseaddr" "UNIX-CONNECT:$LAB_DIR/apt/socket" >/dev/null 2>&1
  echo $! >"$STATE/door.pid"
}
door_down() { stop_process "$STATE/door.pid"; }
