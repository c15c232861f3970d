# shellcheck shell=bash
# Shapes: what people have on their hosts and storage that a new Debian has not. A shape is a script of lab/shapes, run as root on each
# cluster node once, after its first boot; again after a connection that broke. Its lines "# inventory user: NAME" and "# inventory
# format: WORD" change the inventory's user and format; "# storage" says that it runs on the storage first, "# machine" that it runs on
# the first node alone, once the user's machine is defined there and before its first start; "# nodes: NUMBER" and "# memory: SIZE"
# (of each node) set the laboratory. "# runbook:", "# then inventory:" and "# then:" are for `scripts/e2e-shapes`.

shape_names() { local file; for file in "$LAB_HOME"/shapes/*; do basename "$file"; done | tr '\n' ' '; }
check_shape() { [[ $1 =~ ^[a-z0-9-]+$ ]] && [ -e "$LAB_HOME/shapes/$1" ] || misuse "no shape '$1': $(shape_names)"; }

shape_apply() { # shape_apply NODE SHAPE...
  local node=$1 shape try code; shift
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

shape_says() { grep -qx "# $2" "$LAB_HOME/shapes/$1"; } # shape_says SHAPE WORD

shape_settings() { # what of the laboratory a shape is about
  local key value
  for key in nodes memory; do
    value=$(sed -n "s/^# $key: //p" "$LAB_HOME/shapes/$1")
    [ -z "$value" ] || set_setting "$key" "$value"
  done
}

shape_nodes() { # the storage, then all cluster nodes at once
  local shape node pid pids=() shapes=()
  for shape in $(setting shapes); do
    if shape_says "$shape" storage; then shape_apply storage "$shape"; fi
    shape_says "$shape" machine || shapes+=("$shape")
  done
  [ ${#shapes[@]} -gt 0 ] || return 0
  for node in $(cluster_nodes); do shape_apply "$node" "${shapes[@]}" & pids+=($!); done
  for pid in "${pids[@]}"; do wait "$pid" || die "a shape failed"; done
}

shape_machine() { # the user's machine, on the first node
  local shape
  for shape in $(setting shapes); do
    if shape_says "$shape" machine; then shape_apply nodo1 "$shape"; fi
  done
}

shape_inventory() { # shape_inventory KEY DEFAULT: what the inventory says of it
  local shape value=$2
  for shape in $(setting shapes); do
    if grep -q "^# inventory $1: " "$LAB_HOME/shapes/$shape"; then value=$(sed -n "s/^# inventory $1: //p" "$LAB_HOME/shapes/$shape"); fi
  done
  echo "$value"
}
