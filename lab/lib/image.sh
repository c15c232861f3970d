# shellcheck shell=bash
# Disk images, made once per recipe: a recipe is this file, the files laid over the root, and the kernel's version.

SUITE=bookworm IMAGE_SIZE=12G
PACKAGES_STORAGE="systemd-sysv dbus udev openssh-server iproute2 e2fsprogs kmod procps iputils-ping libpam-systemd"
PACKAGES_BARE="$PACKAGES_STORAGE sudo python3-minimal iptables ca-certificates"
PACKAGES_HYPERVISOR="libvirt-daemon-system libvirt-clients qemu-system-x86 qemu-utils"
PACKAGES_CLUSTER="pacemaker pacemaker-cli-utils corosync pcs resource-agents fence-agents sbd open-iscsi sg3-utils
parted lsof psmisc iputils-arping"

image_packages() {
  case $1 in
    storage) echo "$PACKAGES_STORAGE" ;;
    bare) echo "$PACKAGES_BARE" ;;
    bare-hypervisor) echo "$PACKAGES_BARE $PACKAGES_HYPERVISOR" ;;
    prepared) echo "$PACKAGES_BARE $PACKAGES_HYPERVISOR $PACKAGES_CLUSTER" ;;
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

recipe_hash() { # of the named part: its packages and the files that shape it
  { machine_version; echo "$SUITE $IMAGE_SIZE"
    if [ "$1" = guest ]; then cat "$LAB_HOME"/lib/guest.sh "$LAB_HOME"/guest/*
    else
      image_packages "$1"; image_sources; mirror_settings checks; declare -f bootstrap image_tree image_apt image_disk machine_modules
      (cd "$LAB_HOME/rootfs" && find common "$1" -type f -exec sha256sum {} + 2>/dev/null | sort)
    fi
  } | sha256sum | cut -c1-12
}
image_file() { echo "$IMAGES/$1-$(recipe_hash "$1").img"; }

# build KIND...: only what is missing; two builds at once wait for each other
build() {
  local kind name file
  mkdir -p "$IMAGES"
  exec 7>"$LAB_DIR/build.lock"
  flock -n 7 || { say "waiting for another build"; flock 7; }
  for kind in "$@"; do
    for name in $(images_of "$kind"); do
      file=$(image_file "$name")
      [ -e "$file" ] || image_build "$name" "$file"
    done
  done
  guest_build
  exec 7>&-
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
  image_sources >"$IMAGES/$1.list"
  { mirror_settings checks transport; echo "Acquire::http::Proxy \"http://127.0.0.1:$APT_PORT\";"; } >"$IMAGES/$1.conf"
  unshare --mount --propagation private mmdebstrap --quiet --mode=root --aptopt="$IMAGES/$1.conf" \
    --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io --include="$3" "${@:4}" "$SUITE" "$2" "$IMAGES/$1.list" \
    >"$IMAGES/$1.log" 2>&1 7>&- || { tail -n 5 "$IMAGES/$1.log" >&2; die "the image $1 failed: see $IMAGES/$1.log"; }
}

# The archives of a release as the package cache is asked for them: it speaks https itself.
image_sources() { mirror_sources "$SUITE" "$LAB_DIR/apt/keys" | sed 's|https://|http://HTTPS///|' || die "no packages can be had: see /etc/apt/sources.list"; }

# What apt needs on a node: the same archives, whose keys may be this machine's own, and the machine's word on dates.
image_apt() {
  local tree=$1 key
  image_sources >"$tree/etc/apt/sources.list"
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
  image_apt "$tree"
  [ ! -d "$LAB_HOME/rootfs/$name" ] || cp -r "$LAB_HOME/rootfs/$name/." "$tree/"
  for unit in "$LAB_HOME"/rootfs/{common,"$name"}/etc/systemd/system/*.service; do
    [ ! -e "$unit" ] || chroot "$tree" systemctl -q enable "$(basename "$unit")"
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
  chroot "$tree" systemctl -q mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer getty.target
}

image_disk() {
  truncate -s "$IMAGE_SIZE" "$2"
  mke2fs -q -F -t ext4 -E lazy_itable_init=1,lazy_journal_init=1 -d "$1" "$2"
}

# Images that no node's disk and no saved state refers to, and that no recipe of this tree gives. Asked for only by name: another
# tree's recipes may give them.
prune() {
  local file keep name
  keep=$(cat "$LAB_DIR"/*/settings/image.* "$LAB_DIR"/*/saved/*/settings/image.* 2>/dev/null || true)
  for name in storage bare bare-hypervisor prepared; do keep+=$'\n'$(image_file "$name"); done
  keep+=$'\n'$(guest_file)
  exec 7>"$LAB_DIR/build.lock"
  flock 7
  for file in "$IMAGES"/*.img "$IMAGES"/*.qcow2; do
    if [ -e "$file" ] && ! grep -qxF -- "$file" <<<"$keep"; then rm -f "$file"; say "removed $file"; fi
  done
  exec 7>&-
}
