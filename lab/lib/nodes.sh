# shellcheck shell=bash

STARTED=() NET_WAS_UP=no
# Starting, reaching, keeping and describing the nodes of one lab.

ssh_node() { # ssh_node NODE [COMMAND...]
  local node=$1 options
  options=(-q -i "$STATE/id" -o "UserKnownHostsFile=$STATE/known_hosts" -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes
    -o HashKnownHosts=no -o IdentitiesOnly=yes -o ConnectTimeout=5 -o ServerAliveInterval=10 -o ServerAliveCountMax=4)
  shift
  inside ssh "${options[@]}" "root@$(addr "$node")" "$@"
}

# The lab owns its nodes: it writes down the keys it finds on its own wire at a node's first boot, and holds them to it after.
learn_key() {
  local address keys; address=$(addr "$1")
  ! grep -qs "^$address " "$STATE/known_hosts" || return 0
  keys=$(inside ssh-keyscan -T 5 -t ed25519 "$address" 2>/dev/null) || return 1
  (umask 077; grep '^[0-9]' <<<"$keys" >>"$STATE/known_hosts")
}

wait_node() { # until ssh answers
  local node=$1 end=$((SECONDS + ${LAB_BOOT_TIMEOUT:-240}))
  while [ "$SECONDS" -lt "$end" ]; do
    ! node_answers "$node" || return 0
    [ ! -e "$STATE/$node.off" ] || die "$node is switched off: lab boot $node"
    if machine_panicked "$node"; then
      say "$node panicked while booting: its power is taken and given again"
      machine_cut "$node"
      mv "$(machine_log "$node")" "$(machine_log "$node").panic"
      machine_start "$node"
    fi
    sleep 0.5
  done
  die "$node does not answer: lab logs $node"
}
node_answers() {
  inside timeout 3 bash -c "exec 3<>/dev/tcp/$(addr "$1")/22 && read -r -t 2 <&3" 2>/dev/null && learn_key "$1" && ssh_node "$1" true 2>/dev/null
}

start_node() { # start_node NODE
  [ -e "$STATE/$1.cow" ] || set_setting "image.$1" "$(image_file "$(image_for "$(setting kind prepared)" "$1")")"
  [ -e "$(setting "image.$1")" ] || die "the image of $1 is gone; its disk is of no use any more: lab reset"
  STARTED+=("$1")
  machine_start "$1"
}

# What this command started is stopped again when it fails or is interrupted.
undo_up() {
  local code=$? node
  trap - EXIT INT TERM
  say "stopping what this command started"
  for node in "${STARTED[@]}"; do machine_cut "$node"; done
  [ "$NET_WAS_UP" = yes ] || { net_down; cache_down; }
  [ "$code" != 0 ] || code=1
  exit "$code"
}

up() {
  local node fresh=yes
  # Disks go on with the images and the kernel they began with; only new ones ask for today's.
  release_of_lab
  if compgen -G "$STATE/*.cow" >/dev/null; then kernel_of_lab; fi
  for node in $(all_nodes); do [ -e "$STATE/$node.cow" ] || { build "$(setting kind prepared)"; break; }; done
  set_setting kernel "$KERNEL"
  STARTED=() NET_WAS_UP=no
  ! net_exists || NET_WAS_UP=yes
  trap undo_up EXIT INT TERM
  [ -e "$STATE/id" ] || ssh-keygen -q -t ed25519 -N '' -C "lab $LAB" -f "$STATE/id"
  net_up
  # Disks that log in to the target at boot want it there; new ones can boot beside it.
  [ ! -e "$STATE/nodo1.cow" ] || fresh=no
  machine_alive storage || start_node storage
  [ $fresh = yes ] || wait_node storage
  for node in $(cluster_nodes); do machine_alive "$node" || start_node "$node"; done
  for node in $(all_nodes); do wait_node "$node"; say "$node answers"; done
  shape_nodes
  target_access
  # a guest that is off on a node that was up is off for a reason
  if [ "$(setting vm yes)" = yes ] && [[ " ${STARTED[*]} " == *" nodo1 "* ]]; then guest_up; fi
  trap - EXIT INT TERM
  say "up"
}

down() {
  local node
  for node in $(all_nodes); do machine_cut "$node"; done
  net_down
  cache_down
  say "down"
}

reset() {
  down
  rm -rf "$STATE"/*.cow "$STATE"/*.log "$STATE"/*.log.panic "$STATE"/*.off "$STATE"/*.lock "$STATE"/known_hosts* "$STATE"/settings "$STATE/uml" "$STATE/harun"
}

target_access() { # who may log in to the target
  local chap acl; chap=$(setting chap) acl=$(setting acl)
  local text="CHAP_USER='${chap%%:*}' CHAP_PASSWORD='${chap#*:}' ACL='$acl'"
  ssh_node storage "umask 077; cat >/etc/lab-target; lab-target" <<<"$text" || die "the target did not take its access rules"
}

# Shut down in order, so that what is saved is what a clean power-off leaves.
shut_down() {
  local node
  for node in $(cluster_nodes); do ! machine_alive "$node" || ssh_node "$node" 'systemctl poweroff' || true; done
  for node in $(cluster_nodes); do wait_off "$node"; done
  ! machine_alive storage || ssh_node storage 'systemctl poweroff' || true
  wait_off storage
}
wait_off() {
  local end=$((SECONDS + ${LAB_OFF_TIMEOUT:-240}))
  while machine_alive "$1"; do
    [ "$SECONDS" -lt "$end" ] || { say "$1 does not switch itself off: cutting its power"; machine_cut "$1"; return; }
    sleep 0.3
  done
}

save() {
  local into=$STATE/saved/$1 was_up=no
  [[ $1 =~ ^[A-Za-z0-9._-]+$ ]] || misuse "a saved state's name has letters, digits, '.', '_' and '-', not '$1'"
  [ -e "$STATE/nodo1.cow" ] || die "nothing to save: the lab has no disks"
  ! machine_alive nodo1 || was_up=yes
  shut_down
  say "all off; copying"
  rm -rf "$into.part"
  mkdir -p "$into.part"
  cp -r --sparse=always --reflink=auto "$STATE"/*.cow "$STATE/known_hosts" "$STATE/id" "$STATE/id.pub" "$STATE/settings" "$into.part/"
  rm -rf "$into"
  mv "$into.part" "$into"
  say "saved as $1 ($(du -sh "$into" | cut -f1))"
  [ $was_up = no ] || up
}

load() {
  local from=$STATE/saved/$1
  [ -d "$from" ] || misuse "no saved state '$1': $(find "$STATE/saved" -mindepth 1 -maxdepth 1 -printf "%f " 2>/dev/null)"
  down
  rm -rf "$STATE"/*.cow "$STATE/settings" "$STATE/known_hosts"
  cp -r --sparse=always --reflink=auto "$from/." "$STATE/"
  say "loaded $1"
  up
}

status() {
  local node state
  release_of_lab
  kernel_of_lab
  printf '%-8s %-4s %-12s %-12s %-12s %-26s %s\n' node is control cluster storage links image
  for node in $(all_nodes); do
    state=off; ! machine_alive "$node" || state=up
    printf '%-8s %-4s %-12s %-12s %-12s %-26s %s\n' "$node" $state "$(addr "$node" control)" "$(addr "$node" cluster)" \
      "$(addr "$node" storage)" "$(net_links "$node")" "$(basename "$(setting "image.$node" -)")"
  done
  printf '%s nodes (%s), user-mode-linux %s' "$RELEASE" "$(setting kind prepared)$(setting shapes)" "$KERNEL"
  if [ ! -d "$KERNELS/$KERNEL" ]; then printf ", this machine's own"; else printf ', from sid'; fi
  ! machine_alive storage || printf ', %s' "$(machine_mode storage)"
  echo
}
