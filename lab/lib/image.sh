# shellcheck shell=bash
# Disk images, made once per recipe: a recipe is the release and its archives, the packages, this file's functions, the files laid
# over the root, and the kernel's version.

RELEASES="bookworm trixie sid" IMAGE_SIZE=12G
PACKAGES_STORAGE="systemd-sysv dbus udev openssh-server iproute2 e2fsprogs kmod procps iputils-ping libpam-systemd"
PACKAGES_BARE="$PACKAGES_STORAGE sudo python3-minimal iptables ca-certificates"
PACKAGES_HYPERVISOR="libvirt-daemon-system libvirt-clients qemu-system-x86 qemu-utils"
PACKAGES_CLUSTER="pacemaker pacemaker-cli-utils corosync pcs resource-agents sbd open-iscsi sg3-utils parted lsof psmisc iputils-arping"

image_packages() {
  case $1 in
    storage) echo "$PACKAGES_STORAGE" ;;
    bare) echo "$PACKAGES_BARE" ;;
    bare-hypervisor) echo "$PACKAGES_BARE $PACKAGES_HYPERVISOR" ;;
    # The agents are one package in Debian 12; after it all of them bring the tools of several clouds.
    prepared) echo "$PACKAGES_BARE $PACKAGES_HYPERVISOR $PACKAGES_CLUSTER $(if [ "$RELEASE" = bookworm ]; then echo fence-agents; else echo fence-agents-sbd; fi)" ;;
    *) misuse "no image '$1': bare, prepared" ;;
  esac
}
# images_of KIND: what a lab of that kind needs
images_of() {
  case $1 in
    bare) echo "storage bare bare-hypervisor" ;;
    prepared) echo "storage prepared" ;;
    *) misuse "no image '$1': bare, prepared" ;;
  esac
}
image_for() { # image_for KIND NODE
  case $1:$2 in *:storage) echo storage ;; bare:nodo1) echo bare-hypervisor ;; *) echo "$1" ;; esac
}

# The storage and the guest are the laboratory's own furniture: one release of them is enough.
suite_of() { case $1 in storage | guest) echo bookworm ;; *) echo "$RELEASE" ;; esac; }

recipe_hash() { # of the named part: its packages and the files that shape it
  { if [ "$1" = guest ]; then cat "$LAB_HOME"/lib/guest.sh "$LAB_HOME"/guest/*
    else
      echo "$KERNEL $IMAGE_SIZE"; image_packages "$1"; image_sources "$(suite_of "$1")"; mirror_settings checks; declare -f bootstrap image_tree image_apt image_disk machine_modules
      (cd "$LAB_HOME/rootfs" && find common "$1" -type f -exec sha256sum {} + 2>/dev/null | sort)
    fi
  } | sha256sum | cut -c1-12
}
image_file() { # image_file NAME: named after its release, where it is not the laboratory's own
  case $1 in storage) echo "$IMAGES/storage-$(recipe_hash storage).img" ;; *) echo "$IMAGES/$RELEASE-$1-$(recipe_hash "$1").img" ;; esac
}

# build KIND...: only what is missing, for RELEASE and KERNEL, which it chooses where that is not set; two builds at once wait for
# each other
build() {
  local kind name file
  mkdir -p "$IMAGES"
  [ -n "$KERNEL" ] || [ -z "$(kernel_newest)" ] || kernel_choose
  ! built "$@" || return 0
  exec 7>"$LAB_DIR/build.lock"
  flock -n 7 || { say "waiting for another build"; flock 7; }
  [ -n "$KERNEL" ] || kernel_choose
  for kind in "$@"; do
    for name in $(images_of "$kind"); do
      file=$(image_file "$name")
      [ -e "$file" ] || image_build "$name" "$file"
    done
  done
  guest_build
  exec 7>&-
}

built() { # built KIND...: whether nothing is missing; an image comes to its place whole
  local kind name
  [ -n "$KERNEL" ] && [ -e "$(guest_file)" ] || return 1
  for kind in "$@"; do
    for name in $(images_of "$kind"); do [ -e "$(image_file "$name")" ] || return 1; done
  done
}

image_build() {
  local name=$1 file=$2 began=$SECONDS tree=$IMAGES/tree.$1
  say "building the image $name"
  cache_up
  trap 'clear_away "$IMAGES"/tree.* "$IMAGES"/*.part' EXIT
  clear_away "$tree"
  image_tree "$name" "$tree"
  say "image $name: tree after $((SECONDS - began)) s"
  image_disk "$tree" "$file.part"
  clear_away "$tree"
  chmod 444 "$file.part"
  mv "$file.part" "$file"
  trap - EXIT
  say "image $name: done in $((SECONDS - began)) s"
}

# A tree under construction has the machine's own /proc, /sys and /dev in it: they are mounted in a namespace of their own,
# and clearing away never crosses a mount.
clear_away() { rm -rf --one-file-system "$@"; }
bootstrap() { # bootstrap NAME TREE PACKAGES OPTION...
  local suite; suite=$(suite_of "$1")
  image_sources "$suite" >"$IMAGES/$1.list"
  { mirror_settings checks transport; echo "Acquire::http::Proxy \"http://127.0.0.1:$APT_PORT\";"; } >"$IMAGES/$1.conf"
  unshare --mount --propagation private mmdebstrap --quiet --mode=root --aptopt="$IMAGES/$1.conf" \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io --include="$3" "${@:4}" "$suite" "$2" "$IMAGES/$1.list" \
    >"$IMAGES/$1.log" 2>&1 7>&- || { tail -n 5 "$IMAGES/$1.log" >&2; die "the image $1 failed: see $IMAGES/$1.log"; }
}

# image_sources SUITE: the archives of a release as the package cache is asked for them: it speaks https itself.
image_sources() { mirror_sources "$1" "$LAB_DIR/apt/keys" | sed 's|https://|http://HTTPS///|' || die "no packages can be had: see /etc/apt/sources.list"; }

# What apt needs on a node: the same archives, whose keys may be this machine's own, and the machine's word on dates.
image_apt() { # image_apt NAME TREE
  local tree=$2 key
  image_sources "$(suite_of "$1")" >"$tree/etc/apt/sources.list"
  sed -n 's/.*signed-by=\([^] ]*\).*/\1/p' "$tree/etc/apt/sources.list" | tr , '\n' | sort -u | while read -r key; do
    case $key in /*) ;; *) continue ;; esac
    [ ! -e "$tree$key" ] || continue
    install -D -m 644 "$key" "$tree/etc/apt/keyrings/$(basename "$key")"
    sed -i "s|$key|/etc/apt/keyrings/$(basename "$key")|g" "$tree/etc/apt/sources.list"
  done
  if grep -qv signed-by= "$tree/etc/apt/sources.list"; then cp -n /etc/apt/trusted.gpg.d/* "$tree/etc/apt/trusted.gpg.d/" 2>/dev/null || true; fi
  mirror_settings checks >"$tree/etc/apt/apt.conf.d/80lab-checks"
}

image_tree() {
  local name=$1 tree=$2 unit
  bootstrap "$name" "$tree" "$(image_packages "$name")" --variant=minbase
  machine_modules "$tree"
  rm -f "$tree"/etc/apt/apt.conf.d/99mmdebstrap "$tree"/etc/apt/sources.list.d/* "$tree"/etc/resolv.conf "$tree"/etc/hostname
  cp -r "$LAB_HOME/rootfs/common/." "$tree/"
  image_apt "$name" "$tree"
  [ ! -d "$LAB_HOME/rootfs/$name" ] || cp -r "$LAB_HOME/rootfs/$name/." "$tree/"
  for unit in "$LAB_HOME"/rootfs/{common,"$name"}/etc/systemd/system/*.service; do
    [ ! -e "$unit" ] || chroot "$tree" systemctl -q enable "$(basename "$unit")" 2>>"$IMAGES/$name.log"
  done
  # An installed machine has its own identity: made at the first boot.
  : >"$tree/etc/machine-id"
  rm -f "$tree"/etc/ssh/ssh_host_* "$tree/var/lib/dbus/machine-id"
  # This kernel has no nf_tables families.
  if [ -e "$tree/usr/sbin/iptables-legacy" ]; then
    chroot "$tree" update-alternatives --quiet --set iptables /usr/sbin/iptables-legacy
    chroot "$tree" update-alternatives --quiet --set ip6tables /usr/sbin/ip6tables-legacy
  fi
  # A timer that starts apt or fsck in the middle of a measurement makes it lie.
  chroot "$tree" systemctl -q mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer getty.target \
    2>>"$IMAGES/$name.log"
}

image_disk() {
  truncate -s "$IMAGE_SIZE" "$2"
  mke2fs -q -F -t ext4 -E lazy_itable_init=1,lazy_journal_init=1 -d "$1" "$2"
}

# Images and kernels that no node's disk and no saved state refers to, and that no recipe of this tree gives. Asked for only by name: another
# tree's recipes may give them.
prune() {
  local file keep name RELEASE KERNEL
  keep=$(cat "$LAB_DIR"/*/settings/image.* "$LAB_DIR"/*/saved/*/settings/image.* 2>/dev/null || true)
  for KERNEL in $(kernel_own) $(kernel_newest); do
    for RELEASE in $RELEASES; do
      for name in storage bare bare-hypervisor prepared; do keep+=$'\n'$(image_file "$name"); done
    done
  done
  keep+=$'\n'$(guest_file)
  exec 7>"$LAB_DIR/build.lock"
  flock 7
  for file in "$IMAGES"/*.img "$IMAGES"/*.qcow2; do
    if [ -e "$file" ] && ! grep -qxF -- "$file" <<<"$keep"; then rm -f "$file"; say "removed $file"; fi
  done
  keep=$(cat "$LAB_DIR"/*/settings/kernel "$LAB_DIR"/*/saved/*/settings/kernel 2>/dev/null || true; kernel_newest)
  for file in "$KERNELS"/[0-9]*; do
    if [ -e "$file" ] && ! grep -qxF -- "${file##*/}" <<<"$keep"; then rm -rf "$file"; say "removed $file"; fi
  done
  exec 7>&-
}
