#!/bin/bash
# open-iscsi, a node's record made by hand (`iscsiadm -m node -o new -T NAME -p ADDRESS`): for two interfaces, as two paths of multipath,
# and a second time for a record that has its settings already.
#
# Guess: two records, as discovery makes them; and what exists is refused, or left as it is.
# Seen (2.1.8 of Debian 12, 2.1.11 of Debian 13, 2.1.13 of sid), each with "added" and exit code 0: the second interface's record replaces the
# first one's, so the node has one path and nobody says so; only with the portal group's tag (-p ADDRESS:PORT,1) are there two. And a
# record that exists is written anew from iscsid.conf, with or without the tag: CHAP user and password, start at boot and the
# replacement timeout are gone. The session that stands goes on, and the node does not log in at its next boot.
#
# Records alone; no session, no daemon.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm open-iscsi=2.1.8-1
debian_root trixie open-iscsi=2.1.11-1+deb13u2
debian_root sid open-iscsi=2.1.13-1

cat >"$work/try" <<'T'
exec 2>/dev/null
mkdir -p /run/lock
for i in one two; do iscsiadm -m iface -I $i -o new; iscsiadm -m iface -I $i -o update -n iface.net_ifacename -v eth-$i; done >/dev/null
for portal in 10.0.0.1:3260 10.0.0.1:3260,1; do
  node() { iscsiadm -m node -T iqn.2026-11.lab:disk -p $portal "$@"; }
  codes=; for i in one two; do node -I $i -o new >/dev/null; codes="$codes$? "; done
  echo "two paths, $portal: $codes$(iscsiadm -m node -P 1 | sed -n 's/.*Iface Name: //p' | sort | paste -sd ' ')"
  iscsiadm -m node -o delete
  node -I default -o new >/dev/null
  node -o update -n node.session.auth.authmethod -v CHAP; node -o update -n node.session.auth.password -v correct-horse
  node -o update -n node.startup -v automatic; node -o update -n node.session.timeo.replacement_timeout -v 20
  settings() { node -S -o show | sed -nE 's/^node\.(startup|session.auth.(authmethod|password)|session.timeo.replacement_timeout) = //p' | paste -sd ' '; }
  echo "settings, $portal: $(settings)"
  node -I default -o new >/dev/null; echo "settings after new, $portal: $? $(settings)"
  iscsiadm -m node -o delete
done
T
for suite in bookworm trixie sid; do
  cp "$work/try" "$work/$suite/tmp/"
  seen=$(timeout 120 unshare --mount --net --pid --fork --kill-child sh -c 'cd "$0"; mount -t proc proc proc; exec chroot . sh /tmp/try' "$work/$suite")
  while IFS='=' read -r what wanted; do expect "$suite, $what" "$wanted" "$(sed -n "s/^$what: //p" <<<"$seen")"; done <<'E'
two paths, 10.0.0.1:3260=0 0 two
two paths, 10.0.0.1:3260,1=0 0 one two
settings, 10.0.0.1:3260=automatic CHAP correct-horse 20
settings after new, 10.0.0.1:3260=0 manual None <empty> 120
settings, 10.0.0.1:3260,1=automatic CHAP correct-horse 20
settings after new, 10.0.0.1:3260,1=0 manual None <empty> 120
E
done
finish
