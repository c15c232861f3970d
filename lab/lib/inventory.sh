# shellcheck shell=bash
# The harun inventory of this lab.

inventory() {
  local node chap; chap=$(setting chap)
  cat <<T
[cluster]
name = "opencart_cluster"
start_at_boot = true

[ssh]
user = "$(shape_inventory user root)"
identity = "$STATE/id"
known_hosts = "$STATE/known_hosts"
T
  for node in $(cluster_nodes); do
    printf '\n[[node]]\nname = "%s"\naddress = "%s"\nlinks = ["%s"]\n' "$node" "$(addr "$node")" "$(addr "$node" cluster)"
  done
  cat <<T

[desktop]
install = "all"
packages = ["xauth"]

[iscsi]
portal = "$(addr storage storage):3260"
target = "$TARGET_IQN"
T
  [ -z "$chap" ] || printf 'chap = { user = "%s", password = { env = "HARUN_CHAP" } }\n' "${chap%%:*}"
  cat <<T

[storage]
lun = 1
filesystem = "ext4"
mount = "/mnt/shared_storage"
format = "$(shape_inventory format if-empty)"

[fencing]
method = "sbd"
lun = 2
watchdog = "/dev/watchdog1"
T
  if [ "$(setting vm yes)" = yes ]; then printf '\n[vm]\nname = "opencart"\nsource = "nodo1"\n'; fi
  cat <<T

[address]
ip = "$CLUSTER.200/24"
interface = "br0"

[failover]
budget = "180s"
probe = "http://$GUEST_ADDRESS/"
T
}
