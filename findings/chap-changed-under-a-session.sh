#!/bin/bash
# open-iscsi, a session that stands, and a target whose CHAP password is changed: the new one is written into the node's record
# (`iscsiadm -m node -o update`), and some day iscsid is started again, as an upgrade of the package does.
#
# Guess: a session goes on with the old password until it has to log in again. A restart of iscsid is made for sessions that stand, and
# reads the record, so it either changes nothing or takes over the new password.
# Seen (2.1.8-1 of Debian 12, 2.1.11-1+deb13u2 of Debian 13): iscsid logs in again at once, with the old password: it takes user and password from the kernel's session in
# sysfs and not from the record. The target refuses, the session is FAILED within a second, and stays so however often iscsid is started.
# `iscsiadm --logout` ends with 32 ("target likely not connected") and `--login` with 15 ("already present"), so only a boot, or the old
# password at the target, brings the disk back. Without the restart the same happens at the next break of the connection.
#
# One kernel of user-mode-linux is initiator and target, over its loopback.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm open-iscsi=2.1.8-1 user-mode-linux=6.1um4+b13 kmod iproute2 mount
debian_root trixie open-iscsi=2.1.11-1+deb13u2 user-mode-linux=6.12um1+b22 kmod iproute2 mount

cat >"$work/init.sh" <<'S'
#!/bin/sh
PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc; mount -t sysfs sysfs /sys; mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /tmp; mount -t devtmpfs dev /dev
mkdir -p /run/lock /etc/target
modprobe -a configfs target_core_mod target_core_file iscsi_target_mod iscsi_tcp sd_mod
mount -t configfs none /sys/kernel/config
ip link set lo up
cd /sys/kernel/config/target
truncate -s 16M /tmp/disk; mkdir -p core/fileio_0/disk
echo fd_dev_name=/tmp/disk,fd_dev_size=16777216 >core/fileio_0/disk/control; echo 1 >core/fileio_0/disk/enable
tpg=iscsi/iqn.2026-11.lab:disk/tpgt_1
mkdir -p $tpg/np/127.0.0.1:3260 $tpg/lun/lun_0; ln -s "$PWD/core/fileio_0/disk" $tpg/lun/lun_0/disk
cd $tpg
echo 1 >attrib/generate_node_acls; echo 1 >attrib/authentication
printf host >auth/userid; printf first-password >auth/password; echo 1 >enable
echo InitiatorName=iqn.2026-11.lab:host >/etc/iscsi/initiatorname.iscsi
start() { iscsid -f >/tmp/iscsid.log 2>&1 & daemon=$!; until iscsiadm -m iface >/dev/null 2>&1 && [ -e /run/lock/iscsi ]; do sleep 0.1; done; sleep 2; }
node() { iscsiadm -m node -T iqn.2026-11.lab:disk -p 127.0.0.1:3260 "$@"; }
set_to() { node -o update -n "$1" -v "$2"; }
state() { sleep "${1:-0}"; cat /sys/class/iscsi_session/session*/state; }
start
node -o new >/dev/null
set_to node.session.auth.authmethod CHAP; set_to node.session.auth.username host; set_to node.session.auth.password first-password
node --login >/dev/null 2>&1
echo "SEEN after the login: $(state)"
printf second-password >auth/password; set_to node.session.auth.password second-password
echo "SEEN after the change: $(state 3)"
kill $daemon; wait $daemon; start
echo "SEEN after iscsid's restart: $(state 3)"
kill $daemon; wait $daemon; start
echo "SEEN after one more: $(state 3)"
node --logout >/dev/null 2>&1; echo "SEEN logout ends with: $?"
node --login >/dev/null 2>&1; echo "SEEN login ends with: $?"
printf first-password >auth/password
echo "SEEN with the first password at the target: $(state 8)"
echo o >/proc/sysrq-trigger; sleep 5
S
chmod +x "$work/init.sh"
for suite in bookworm trixie; do
  root=$work/$suite
  kernel=$(basename "$root"/usr/lib/uml/modules/*)
  mkdir -p "$root/lib/modules"
  cp -a "$root/usr/lib/uml/modules/$kernel" "$root/lib/modules/"
  depmod -b "$root" "$kernel"
  cp "$work/init.sh" "$root/init.sh"
  # shellcheck disable=SC2016  # for the shell inside
  seen=$(timeout 150 unshare --mount sh -c 'mount -t proc proc "$0/proc"; mount -t tmpfs tmpfs "$0/dev/shm"; exec chroot "$0" "$@"' "$root" \
    /usr/bin/linux.uml mem=256M root=/dev/root rootfstype=hostfs rootflags=/ rw init=/init.sh uml_dir=/tmp/uml umid=finding \
    con=null con0=null,fd:1 quiet loglevel=1 panic=1 </dev/null 2>/dev/null | tr -d '\r' | grep -a '^SEEN') || true
  while IFS='=' read -r what wanted; do expect "$suite, $what" "$wanted" "$(sed -n "s/^SEEN $what: //p" <<<"$seen")"; done <<'E'
after the login=LOGGED_IN
after the change=LOGGED_IN
after iscsid's restart=FAILED
after one more=FAILED
logout ends with=32
login ends with=15
with the first password at the target=LOGGED_IN
E
done
finish
