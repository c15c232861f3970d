# shellcheck shell=bash disable=SC2034
# Names, places and words shared by every part of the laboratory.

LAB_DIR=${LAB_DIR:-/var/tmp/harun-lab}
IMAGES=$LAB_DIR/images
TARGET_IQN=iqn.2024-12.lab.storage:ha
CONTROL=10.77.0 CLUSTER=10.77.1 STORAGE=10.77.2
GUEST_ADDRESS=$CLUSTER.50
RELEASE=bookworm KERNEL=""
LINKS="control cluster storage"
APT_PORT=${LAB_APT_PORT:-31420}

# command -> Debian package, for everything the host must offer
HOST_TOOLS="linux.uml=user-mode-linux mmdebstrap=mmdebstrap ip=iproute2 ping=iputils-ping ssh=openssh-client apt-cacher-ng=apt-cacher-ng
socat=socat mke2fs=e2fsprogs depmod=kmod curl=curl qemu-img=qemu-utils syslinux=syslinux mcopy=mtools
mkfs.vfat=dosfstools sfdisk=fdisk cpio=cpio pgrep=procps flock=util-linux patchelf=patchelf /usr/lib/syslinux/mbr/mbr.bin=syslinux-common
/usr/lib/SYSLINUX.EFI/efi64/syslinux.efi=syslinux-efi"

say() { printf 'lab %s +%ds: %s\n' "$LAB" "$SECONDS" "$*" >&2; }
die() { printf 'lab: %s\n' "$*" >&2; exit 1; }
misuse() { printf 'lab: %s (lab help lists the commands)\n' "$*" >&2; exit 64; }

deps() { local pair; for pair in $HOST_TOOLS; do echo "${pair#*=}"; done | sort -u | tr '\n' ' '; echo; }

require_host() {
  [ "$(id -u)" = 0 ] || die "must run as root: it makes network namespaces and taps"
  [ -c /dev/net/tun ] || die "/dev/net/tun is missing: modprobe tun"
  local pair missing=""
  for pair in $HOST_TOOLS; do
    command -v "${pair%=*}" >/dev/null || [ -e "${pair%=*}" ] || missing+=" ${pair#*=}"
  done
  [ -z "$missing" ] || die "packages are missing: apt-get install --no-install-recommends$missing"
}

# select_lab NAME: every path and name of one laboratory follows from its name
select_lab() {
  [[ $1 =~ ^[a-z][a-z0-9-]{0,11}$ ]] || misuse "a lab's name is a letter and up to 11 letters, digits or hyphens, not '$1'"
  LAB=$1 NS=harun-$1 STATE=$LAB_DIR/$1
  case $LAB in images | apt | kernels) misuse "'$LAB' is reserved" ;; esac
}

setting() { cat "$STATE/settings/$1" 2>/dev/null || echo "${2:-}"; }
release_of_lab() { RELEASE=$(setting release bookworm); }
set_setting() { mkdir -p "$STATE/settings"; (umask 077; printf '%s\n' "$2" >"$STATE/settings/$1"); }

cluster_nodes() { local i; for i in $(seq "$(setting nodes 2)"); do echo "nodo$i"; done; }
all_nodes() { echo storage; cluster_nodes; }
check_node() { grep -qx -- "$1" <<<"$(all_nodes)" || misuse "no node '$1' in this lab: $(all_nodes | tr '\n' ' ')"; }
check_link() { case " $LINKS " in *" $1 "*) ;; *) misuse "no link '$1': $LINKS" ;; esac; }

host_part() { case $1 in storage) echo 20 ;; *) echo $((10 + ${1#nodo})) ;; esac; }
net_of() { case $1 in control) echo $CONTROL ;; cluster) echo $CLUSTER ;; storage) echo $STORAGE ;; esac; }
addr() { echo "$(net_of "${2:-control}").$(host_part "$1")"; }
# an interface's name holds 15 characters
tap() { case $2 in control) echo "ctl-$1" ;; cluster) echo "clu-$1" ;; storage) echo "sto-$1" ;; esac; }

# One state-changing command at a time in one lab; what it starts must not inherit the lock.
lock_lab() {
  mkdir -p "$STATE"
  exec 9>"$STATE/lock"
  flock -n 9 || { say "waiting for another command of this lab"; flock -w 900 9 || die "another command holds the lab $LAB"; }
}
detached() { setsid "$@" </dev/null 7>&- 8>&- 9>&- & }
