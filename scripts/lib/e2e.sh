# shellcheck shell=bash
# What the end-to-end tests share: a laboratory of their own, checks that count, and questions to the cluster's own tools.
# The caller sets LAB_NAME before it reads this file.

lab=(lab/lab --name "$LAB_NAME")
work=$(mktemp -d)
export HARUN_STATE_DIR=$work/state
inventory=$work/inventory.toml
passed=0
failed=0

cleanup() {
  if [ "${KEEP:-}" = 1 ]; then echo "kept: ${lab[*]} status; HARUN_STATE_DIR=$HARUN_STATE_DIR; inventory $inventory"; return; fi
  "${lab[@]}" destroy >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

note() { printf '%5d s  %s\n' "$SECONDS" "$*"; }
ok() { passed=$((passed + 1)); note "ok      $1"; }
bad() { failed=$((failed + 1)); note "FAILED  $1"; shift; [ $# = 0 ] || printf '           %s\n' "$@"; }
check() { local name=$1; shift; if "$@" >"$work/check.out" 2>&1; then ok "$name"; else bad "$name" "$(tail -n 15 "$work/check.out")"; fi; }
finish() { echo "$passed passed, $failed failed"; [ "$failed" = 0 ]; }

cluster_nodes() { sed -n 's/^name = "\(nodo[0-9]\)"$/\1/p' "$inventory"; }
on() { "${lab[@]}" ssh "$@"; }
harun() { "${lab[@]}" exec "$PWD/.build/debug/harun" "$@"; }

# wait_until SECONDS COMMAND...: the condition, or failure at the deadline.
wait_until() {
  local deadline=$((SECONDS + $1)); shift
  until "$@" >/dev/null 2>&1; do [ $SECONDS -lt $deadline ] || return 1; sleep 1; done
}

# lab_up [OPTION...]: a new laboratory of prepared nodes, and its inventory.
lab_up() {
  local node
  "${lab[@]}" destroy >/dev/null 2>&1 || true # what an interrupted test has left
  "${lab[@]}" up --image prepared "$@"
  "${lab[@]}" inventory >"$inventory"
  for node in $(cluster_nodes); do on "$node" 'systemctl is-system-running --wait' >/dev/null || true; done
}

# Everything on the nodes that a run could change: packages and their marks, units, files, iSCSI sessions, mounts and the
# cluster's configuration. Prints what is other than at the last call.
state_of_nodes() {
  local node
  for node in $(cluster_nodes); do
    on "$node" 'sh -s' >"$work/state.$node" <<'S' &
{ dpkg-query -W
  apt-mark showmanual
  # corosync counts its rings, and libvirt writes a definition anew that was taken away and put back
  find /etc /var/lib/corosync /var/lib/libvirt/images -xdev -type f ! -name '*.cache' ! -name '*.qcow2' ! -name 'ringid_*' \
    ! -path '/etc/libvirt/qemu/*.xml' -printf '%p %s %T@ %m\n' 2>/dev/null | sort
  md5sum /etc/libvirt/qemu/*.xml 2>/dev/null
  find /etc/systemd/system -type l -printf '%p %l\n' | sort
  iscsiadm -m session 2>/dev/null
  systemctl is-active corosync pacemaker sbd
  # these come and go by themselves: somebody asks libvirt something, or a unit wants iSCSI logged in
  systemctl is-enabled libvirtd.service libvirtd.socket open-iscsi
  cibadmin --query --scope configuration 2>/dev/null
  grep -E '^/dev|shared_storage' /proc/mounts; } >/run/state-of-node.new
[ ! -e /run/state-of-node ] || diff /run/state-of-node /run/state-of-node.new | head -n 20
mv /run/state-of-node.new /run/state-of-node
S
  done
  wait
  cat "$work"/state.*
}
data_lun_hash() { on storage 'md5sum </srv/data.img'; }

crm() { on nodo1 crm_mon -1 --output-as=xml 2>/dev/null || on nodo2 crm_mon -1 --output-as=xml; }
online_nodes() { crm | grep -E '<node name="[^"]*" id="[^"]*" online="true"' | grep -vc 'pending="true"'; }
active_nodes() { crm | sed -n '/<resources>/,/<\/resources>/p' | grep -A1 -E 'resource_agent="ocf:' | sed -n 's/.*<node name="\([^"]*\)".*/\1/p' | sort -u; }
started() { crm | grep -cE 'resource_agent="ocf:.*role="Started".*active="true".*blocked="false".*failed="false"'; }
guest_answers() { "${lab[@]}" exec curl -s -m 5 http://10.77.1.50/ | grep -q opencart; }
mounted_on_one() { [ "$(for n in $(cluster_nodes); do on $n cat /proc/mounts; done | grep -c ' /mnt/shared_storage ')" = 1 ]; }
healthy() { [ "$(online_nodes)" = "$(cluster_nodes | wc -l)" ] && [ "$(active_nodes | wc -l)" = 1 ] && [ "$(started)" = 3 ] && mounted_on_one && guest_answers; }
fencing_is_on() { crm | grep -q 'stonith-enabled="true"'; }
fence_succeeded() { on nodo1 'stonith_admin --history "*" --output-as=xml' | grep -qE 'fence_event .*status="success"'; }
no_failures() { ! crm | grep -q '<failure '; }

cluster_checks() {
  check "$1: every node online, all resources on one, mounted on one, the guest answers" wait_until 240 healthy
  check "$1: no failed operations are left" no_failures
}
