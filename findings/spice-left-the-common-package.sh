#!/bin/bash
# QEMU of Debian 13, installed without recommended packages: a machine with the display that virt-manager gives to every new one.
#
# Guess: as in Debian 12. There qemu-system-x86 and what it depends on have SPICE and the QXL card, and what is only recommended
# (qemu-system-gui) are windows on the host's own screen, which no server needs.
# Seen: that is so in 7.2. In 10.0 SPICE, QXL and the SPICE channel are files of qemu-system-modules-spice, which is only
# recommended, and the machine's options are an error: "There is no option group 'spice'". A host that installs without
# recommended packages runs every machine after the upgrade but those with a SPICE display, and nothing says so until they start.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm qemu-system-x86=1:7.2+dfsg-7+deb12u18+b3
debian_root trixie qemu-system-x86=1:10.0.13+ds-0+deb13u1

for suite in bookworm trixie; do
  card=$(chroot "$work/$suite" qemu-system-x86_64 -machine none -device help 2>/dev/null | grep -c '"qxl-vga"' || true)
  channel=0; [ ! -e "$work/$suite/usr/lib/x86_64-linux-gnu/qemu/chardev-spice.so" ] || channel=1
  said=$(echo quit | chroot "$work/$suite" qemu-system-x86_64 -machine none -monitor stdio -spice unix=on,addr=/tmp/s,disable-ticketing=on 2>&1 | grep -c "no option group 'spice'" || true)
  echo "$suite: QXL $card, SPICE channel $channel, \"no option group 'spice'\" $said"
  case $suite in
  bookworm) expect "Debian 12 has SPICE without recommended packages" "1 1 0" "$card $channel $said" ;;
  trixie) expect "Debian 13 has none of it" "0 0 1" "$card $channel $said" ;;
  esac
done
finish
