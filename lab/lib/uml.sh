# shellcheck shell=bash
# The backend: a node is a User Mode Linux kernel. Another backend offers the same functions:
#   machine_modules ROOT, machine_start NODE, machine_cut NODE, machine_alive NODE,
#   machine_panicked NODE, machine_supervise NODE, machine_log NODE

UML=/usr/bin/linux.uml
MEM_STORAGE=${LAB_STORAGE_MEM:-350M}
# pcsd of Debian 13 and later keeps ten workers of 42 MiB, and harun refuses a node that has no room for them beside the guest.
mem_node() {
  local size=1350M
  [ "$(setting release bookworm)" != bookworm ] || size=1000M
  echo "${LAB_MEM:-$(setting memory "$size")}"
}

machine_log() { echo "$STATE/$1.log"; }

# The kernel's modules come with its package and must lie in the image.
machine_modules() {
  local from version; from=$(kernel_modules) version=$(basename "$from"/*)
  mkdir -p "$1/usr/lib/modules"
  cp -a "$from/$version" "$1/usr/lib/modules/"
  depmod -b "$1" "$version"
}

# A copy-on-write file refers to its image by path and time stamp, so an image is never overwritten: a new recipe has a new name.
machine_pids() { pgrep -f "^/nonexistent/uml .*umid=$NS-$1 " || true; }
machine_alive() { [ -n "$(machine_pids "$1")" ]; }

# How the kernel of a node steers its processes: by a filter of system calls that each of them has, or by tracing them.
machine_mode() {
  local pid mode=ptrace
  for pid in $(machine_pids "$1"); do
    # shellcheck disable=SC2046  # a file a word
    ! grep -qs '^Seccomp:.*2' $(pgrep -P "$pid" | sed 's|.*|/proc/&/status|') /dev/null || mode=seccomp
  done
  echo $mode
}

machine_arguments() {
  local node=$1 link i=0 mem; mem=$(mem_node)
  [ "$node" != storage ] || mem=$MEM_STORAGE
  echo "mem=$mem umid=$NS-$node uml_dir=$STATE/uml ubda=$STATE/$node.cow,$(setting "image.$node") root=/dev/ubda rw"
  for link in $LINKS; do
    echo "vec$i:transport=tap,ifname=$(tap "$node" "$link"),depth=128,gro=1,mac=52:54:00:77:0$i:$(printf %02x "$(host_part "$node")")"
    i=$((i + 1))
  done
  echo "lab.name=$node lab.host=$(host_part "$node") lab.key=$(cut -d' ' -f2 "$STATE/id.pub")"
  echo "con=null con0=null,fd:1 quiet loglevel=3 panic=2 $(! kernel_is_fast "$(kernel_program)" || echo seccomp=auto)"
}

# A reboot makes the kernel execute its argv[0] again while its taps are still open, which fails. A false argv[0] makes
# it exit there instead, and this loop boots it anew; a power-off ends without that message, and so does the loop. A reset
# by the watchdog may abort on its way there.
# One loop per node, whoever asks: it holds the node's lock, which the kernel does not inherit.
machine_supervise() {
  local node=$1 log rc words KERNEL; log=$(machine_log "$node")
  exec 6>"$STATE/$node.lock"
  flock -w 5 6 || exit 0
  mkdir -p "$STATE/uml"
  kernel_of_lab
  read -r -d '' -a words < <(machine_arguments "$node"; printf '\0') || true
  until [ -e "$STATE/$node.off" ]; do
    rc=0
    ip netns exec "$NS" bash -c 'exec -a /nonexistent/uml "$@"' uml "$(kernel_program)" "${words[@]}" </dev/null >>"$log" 2>&1 6>&- || rc=$?
    printf '== %s kernel left with %d\n' "$(date -Is)" "$rc" >>"$log"
    grep -qaE 'Failed to exec kernel|Initiating system reboot' <<<"$(tail -n 3 "$log" | tr -d '\0')" || break
    machine_reap "$node"
  done
}

# Every process of a node carries the kernel's command line; a node is off only when none is left.
machine_reap() {
  local try pid
  for try in $(seq 50); do
    machine_alive "$1" || return 0
    for pid in $(machine_pids "$1"); do kill -9 "$pid" 2>/dev/null || true; done
    sleep 0.1
  done
  die "processes of $1 are left after $try tries: $(machine_pids "$1" | tr '\n' ' ')"
}

machine_start() { rm -f "$STATE/$1.off"; detached "$LAB_PROGRAM" --name "$LAB" _supervise "$1" >/dev/null 2>&1; }
machine_cut() {
  touch "$STATE/$1.off"
  machine_reap "$1"
  # a loop that was between two kernels sees the mark and ends
  flock -w 10 "$STATE/$1.lock" true || machine_reap "$1"
}

# Now and then this kernel faults in its idle loop while it boots on a busy machine ("Segfault with no mm") and hangs in its panic.
machine_panicked() { tr -d '\0' <"$(machine_log "$1")" | awk '/^== /{at=0} /^Kernel panic/{at=1} END{exit !at}'; }
