# shellcheck shell=bash
# The user's virtual machine: a Debian kernel and busybox on a disk that boots by itself, defined on the first node only.

GUEST_MODULES="virtio_pci virtio_blk virtio_net evdev button"
GUEST_BOOT_MIB=24 GUEST_DATA_MIB=39

guest_file() { echo "$IMAGES/guest-$(recipe_hash guest).qcow2"; }

guest_build() {
  local file work=$IMAGES/tree.guest began=$SECONDS; file=$(guest_file)
  [ ! -e "$file" ] || return 0
  say "building the guest"
  cache_up
  trap 'clear_away "$IMAGES"/tree.* "$IMAGES"/*.part' EXIT
  clear_away "$work"
  mkdir -p "$work"
  bootstrap guest "$work/root" linux-image-cloud-amd64,busybox-static --variant=extract
  guest_initrd "$work/root" "$work/ram" >"$work/initrd"
  guest_disk "$work"
  qemu-img convert -O qcow2 "$work/disk" "$file.part"
  chmod 444 "$file.part"
  mv "$file.part" "$file"
  clear_away "$work"
  trap - EXIT
  say "guest: done in $((SECONDS - began)) s"
}

guest_kernel() { # guest_kernel ROOT: the newest version in it
  local folder
  for folder in "$1"/lib/modules/*/; do basename "$folder"; done | sort -V | tail -n 1
}

guest_initrd() { # guest_initrd ROOT RAM
  local module version kind file
  mkdir -p "$2"/{bin,proc,sys,dev,data,modules,www/cgi-bin}
  cp "$1/bin/busybox" "$2/bin/busybox"
  ln -s busybox "$2/bin/sh"
  cp "$LAB_HOME/guest/init" "$2/init"
  cp "$LAB_HOME/guest/index.cgi" "$2/www/cgi-bin/index.cgi"
  chmod 755 "$2/init" "$2/www/cgi-bin/index.cgi"
  # What a module needs differs from kernel to kernel, and one root may hold two kernels: ask, for the newest.
  version=$(guest_kernel "$1")
  depmod -b "$1" "$version"
  for module in $GUEST_MODULES; do
    modprobe -d "$1" -S "$version" --show-depends "$module" || die "the guest's kernel has no module $module"
  done | while read -r kind file _; do
    [ "$kind" = insmod ] || continue
    module=${file##*/}
    [ -e "$2/modules/$module" ] || { cp "$file" "$2/modules/"; echo "${module%.ko}"; }
  done >"$2/modules/order"
  (cd "$2" && find . | cpio --quiet -o -H newc -R 0:0 | gzip -1)
}

# One disk, no mounting: a FAT partition that syslinux boots from, and an ext4 partition for the guest's data.
guest_disk() {
  local work=$1 data_at=$((1 + GUEST_BOOT_MIB))
  truncate -s $((1 + GUEST_BOOT_MIB + GUEST_DATA_MIB))M "$work/disk"
  sfdisk --quiet "$work/disk" <<P
label: dos
start=1MiB, size=${GUEST_BOOT_MIB}MiB, type=e, bootable
start=${data_at}MiB, size=${GUEST_DATA_MIB}MiB, type=83
P
  # the boot sector must know at which sector of the disk it lies (-h)
  truncate -s "${GUEST_BOOT_MIB}M" "$work/boot"
  mkfs.vfat -F 16 -n BOOT -h 2048 "$work/boot" >/dev/null
  mcopy -i "$work/boot" "$work/root/boot/vmlinuz-$(guest_kernel "$work/root")" ::vmlinuz
  mcopy -i "$work/boot" "$work/initrd" "$LAB_HOME/guest/syslinux.cfg" ::
  syslinux --install "$work/boot"
  # A machine with UEFI takes the same system.
  mmd -i "$work/boot" ::EFI ::EFI/BOOT
  mcopy -i "$work/boot" /usr/lib/SYSLINUX.EFI/efi64/syslinux.efi ::EFI/BOOT/BOOTX64.EFI
  mcopy -i "$work/boot" /usr/lib/syslinux/modules/efi64/ldlinux.e64 ::EFI/BOOT/
  dd if="$work/boot" of="$work/disk" bs=1M seek=1 conv=notrunc,sparse status=none
  dd if=/usr/lib/syslinux/mbr/mbr.bin of="$work/disk" bs=440 count=1 conv=notrunc status=none
  truncate -s "${GUEST_DATA_MIB}M" "$work/data"
  mke2fs -q -F -t ext4 -L data "$work/data"
  dd if="$work/data" of="$work/disk" bs=1M seek="$data_at" conv=notrunc,sparse status=none
}

# The guest is the first node's own, as a user's machine would be: defined there once, running, not started at boot.
guest_up() {
  local disk=/var/lib/libvirt/images/opencart.qcow2
  if [ "$(setting guest)" != placed ]; then
    ssh_node nodo1 "systemctl start libvirtd; cat >$disk.part && mv $disk.part $disk" <"$(guest_file)"
    ssh_node nodo1 'virsh -q define /dev/stdin' <"$LAB_HOME/guest/opencart.xml"
    shape_machine
    set_setting guest placed
    say "the guest is defined on nodo1"
  fi
  # A cluster that has taken the guest over leaves nothing defined here.
  # shellcheck disable=SC2016
  ssh_node nodo1 'case $(LC_ALL=C virsh domstate opencart 2>/dev/null) in "shut off") virsh -q start opencart ;; running) ;; *) exit 1 ;; esac' || return 0
  guest_wait
}

guest_answer() { inside curl -s --max-time 3 "http://$GUEST_ADDRESS/"; }
guest_wait() {
  local end=$((SECONDS + 180)) answer
  while [ "$SECONDS" -lt "$end" ]; do
    if answer=$(guest_answer); then say "the guest answers: $answer"; return 0; fi
    sleep 0.5
  done
  die "the guest does not answer at $GUEST_ADDRESS"
}
