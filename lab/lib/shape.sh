# shellcheck shell=bash
# Shapes: what people have on their hosts and storage that a new Debian has not. A shape is a script of lab/shapes, run as root on each
# cluster node once, after its first boot; again after a connection that broke. Its lines "# inventory user: NAME" and "# inventory
# format: WORD" change the inventory's user and format; "# storage" says that it runs on the storage first.

shape_names() { local file; for file in "$LAB_HOME"/shapes/*; do basename "$file"; done | tr '\n' ' '; }
check_shape() { [[ $1 =~ ^[a-z0-9-]+$ ]] && [ -e "$LAB_HOME/shapes/$1" ] || misuse "no shape '$1': $(shape_names)"; }

shape_apply() { # shape_apply NODE [SHAPE...]: all of the lab's, or these
  local node=$1 shape try code; shift
  [ $# -gt 0 ] || { local shapes; read -r -a shapes < <(setting shapes); set -- "${shapes[@]}"; }
  for shape; do
    [[ " $(setting "shaped.$node") " != *" $shape "* ]] || continue
    for try in 1 2 3 4; do
      code=0
      ssh_node "$node" 'LC_ALL=C DEBIAN_FRONTEND=noninteractive sh -eu -s' <"$LAB_HOME/shapes/$shape" >>"$STATE/$node.shape.log" 2>&1 || code=$?
      # 255 is ssh's own: a node that has just booted on a busy machine may be slower than it waits.
      [ "$code" = 255 ] || break
      say "$node: the connection broke, try $try"
    done
    [ "$code" = 0 ] || { tail -n 5 "$STATE/$node.shape.log" >&2; die "the shape $shape failed on $node: see $STATE/$node.shape.log"; }
    set_setting "shaped.$node" "$(setting "shaped.$node") $shape"
    say "$node has the shape $shape"
  done
}

shape_nodes() { # the storage, then all cluster nodes at once
  local shape node pid pids=()
  [ -n "$(setting shapes)" ] || return 0
  for shape in $(setting shapes); do
    if grep -qx '# storage' "$LAB_HOME/shapes/$shape"; then shape_apply storage "$shape"; fi
  done
  for node in $(cluster_nodes); do shape_apply "$node" & pids+=($!); done
  for pid in "${pids[@]}"; do wait "$pid" || die "a shape failed"; done
}

shape_inventory() { # shape_inventory KEY DEFAULT: what the inventory says of it
  local shape value=$2
  for shape in $(setting shapes); do
    if grep -q "^# inventory $1: " "$LAB_HOME/shapes/$shape"; then value=$(sed -n "s/^# inventory $1: //p" "$LAB_HOME/shapes/$shape"); fi
  done
  echo "$value"
}
