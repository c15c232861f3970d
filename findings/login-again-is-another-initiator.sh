#!/bin/bash
# open-iscsi, a node that has registered its reservation key on a LUN, as fence_scsi does ("write exclusive, registrants only"), and then
# logs out and in again: for a new setting of the record, say.
#
# Guess: the registration belongs to the initiator port, the node's name and the ISID (RFC 7143), and open-iscsi gives the one session of
# a record the same ISID each time. So after the login all is as it was.
# Seen (2.1.8 of Debian 12, 2.1.11 of Debian 13; the kernel's own target): the ISID is the number of the session since boot. The second
# login is another initiator port: the key is listed as before, and the holder has the node's name, but the node can neither renew its
# key nor take it away, and its preemption of the other node, which is a fence, ends with a reservation conflict (24). This target
# lets it write all the same, so nothing tells of it. A restart of iscsid keeps the ISID; another order of logins at a boot does not.
# The same key registered over it (--register-ignore) is there twice then, and preempts again.
#
# One kernel of user-mode-linux is target and both nodes, over its loopback.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm open-iscsi=2.1.8-1 sg3-utils user-mode-linux=6.1um4+b13 kmod iproute2 mount
debian_root trixie open-iscsi=2.1.11-1+deb13u2 sg3-utils user-mode-linux=6.12um1+b22 kmod iproute2 mount

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
tpg=$PWD/iscsi/iqn.2026-11.lab:disk/tpgt_1
mkdir -p $tpg/np/127.0.0.1:3260 $tpg/lun/lun_0; ln -s "$PWD/core/fileio_0/disk" $tpg/lun/lun_0/disk
for n in n1 n2; do mkdir -p $tpg/acls/iqn.2026-11.lab:$n/lun_0; ln -s $tpg/lun/lun_0 $tpg/acls/iqn.2026-11.lab:$n/lun_0/disk; done
echo 0 >$tpg/attrib/authentication; echo 1 >$tpg/enable
echo InitiatorName=iqn.2026-11.lab:host >/etc/iscsi/initiatorname.iscsi
start() { iscsid -f >/tmp/iscsid.log 2>&1 & daemon=$!; until iscsiadm -m iface >/dev/null 2>&1 && [ -e /run/lock/iscsi ]; do sleep 0.1; done; sleep 2; }
node() { n=$1; shift; iscsiadm -m node -T iqn.2026-11.lab:disk -p 127.0.0.1:3260,1 -I $n "$@" >/dev/null; }
block() { # NODE: sets disk once the node has one that answers
  for i in $(seq 100); do
    for s in /sys/class/iscsi_session/session*; do
      [ "$(cat $s/ifacename)" = $1 ] && disk=/dev/$(ls $s/device/target*/*/block) && sg_turs $disk && return
    done
    sleep 0.1
  done 2>/dev/null
}
isid() { echo "SEEN $2: $(sed -n 's/.*ISID: 0x\([0-9a-f ]*[0-9a-f]\) .*/\1/p' $tpg/acls/iqn.2026-11.lab:$1/info | tr -d ' ')"; }
pr() { code=0; sg_persist -n "$@" -d $disk >/tmp/out 2>&1 || code=$?; }
keys() { pr -i -k; echo "SEEN $1: $(grep -o '0x[0-9a-f]\{3,\}' /tmp/out | paste -sd ' ')"; }
start
for n in n1 n2; do
  iscsiadm -m iface -I $n -o new >/dev/null; iscsiadm -m iface -I $n -o update -n iface.initiatorname -v iqn.2026-11.lab:$n >/dev/null
  node $n -o new; node $n --login; block $n
  [ $n = n1 ] && key=0xaaaa || key=0xbbbb
  pr -o -I -S $key
done
block n1; pr -o -R -K 0xaaaa -T 5; isid n1 'ISID'
kill $daemon; wait $daemon; start; block n1; isid n1 'ISID after a restart of iscsid'
node n1 --logout; node n1 --login; block n1; isid n1 'ISID after logout and login'
keys 'keys'
pr -o -G -K 0xaaaa -S 0xaaaa; echo "SEEN own key registered again: $code"
pr -o -G -K 0xaaaa -S 0; echo "SEEN own key taken away: $code"
pr -o -A -K 0xaaaa -S 0xbbbb -T 5; echo "SEEN the other node preempted: $code"
code=0; dd if=/dev/zero of=$disk bs=4096 count=1 oflag=direct 2>/dev/null || code=$?; echo "SEEN a write: $code"
pr -o -I -S 0xaaaa; keys 'keys after register-ignore'
pr -o -A -K 0xaaaa -S 0xbbbb -T 5; echo "SEEN the other node preempted then: $code"
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
  seen=$(timeout 240 unshare --mount sh -c 'mount -t proc proc "$0/proc"; mount -t tmpfs tmpfs "$0/dev/shm"; exec chroot "$0" "$@"' "$root" \
    /usr/bin/linux.uml mem=256M root=/dev/root rootfstype=hostfs rootflags=/ rw init=/init.sh uml_dir=/tmp/uml umid=finding \
    con=null con0=null,fd:1 quiet loglevel=1 panic=1 </dev/null 2>/dev/null | tr -d '\r' | grep -a '^SEEN') || true
  while IFS='=' read -r what wanted; do expect "$suite, $what" "$wanted" "$(sed -n "s/^SEEN $what: //p" <<<"$seen")"; done <<'E'
ISID=00023d000001
ISID after a restart of iscsid=00023d000001
ISID after logout and login=00023d000003
keys=0xaaaa 0xbbbb
own key registered again=24
own key taken away=24
the other node preempted=24
a write=0
keys after register-ignore=0xaaaa 0xbbbb 0xaaaa
the other node preempted then=0
E
done
finish
