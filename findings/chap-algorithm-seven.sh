#!/bin/bash
# tgt, an iSCSI target in user space, and a host that offers SHA-256 before MD5 for CHAP, as the line in Debian's iscsid.conf does once
# its comment sign is taken away (`node.session.auth.chap_algs = SHA3-256,SHA256,SHA1,MD5`; on the wire 8,7,6,5).
#
# Guess: tgt has MD5 and SHA-1 only (its page says so), so it takes the first of the list that it knows: SHA-1, or MD5 at the end.
# Seen (1.0.85 of Debian 12, 13 and sid): tgt takes 7 for SHA-1, which the registry of RFC 7143 gives to
# SHA-256. It chooses 7, waits for an answer of 20 bytes, and refuses the right password with status 0x0200, a plain "initiator error"
# that no log of the host explains. Nor does it go on to the next of the list. SHA-1 under its own number, 6, is unknown to it: a host
# that offers only that is refused too. MD5 before the others logs in.
#
# The login is spoken by a few lines of Perl; a session never comes of it.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
declare -A versions=([bookworm]=1:1.0.85-1+deb12u1 [trixie]=1:1.0.85-1.3 [sid]=1:1.0.85-1.3)

cat >"$work/login.pl" <<'P'
use strict; use IO::Socket::INET;
my ($offer, $password) = @ARGV;
my $s = IO::Socket::INET->new("127.0.0.1:3260") or die "no target: $!";
my ($stat, %key) = (0);
my %tool = (5 => "md5sum", 6 => "sha1sum", 7 => "sha256sum");
sub login {
    my $stage = shift; my $data = join "", map "$_\0", @_;
    print $s pack("C4 N H12 n N n n N N x16", 0x43, $stage, 0, 0, length $data, "80aabbcc0000", 0, 1, 0, 0, 1, $stat), $data, "\0" x (-length($data) % 4);
    $s->flush; read($s, my $head, 48) == 48 or die "no answer";
    my $length = unpack "N", substr $head, 4, 4; read $s, my $text, $length + -$length % 4;
    $stat = 1 + unpack "N", substr $head, 24, 4;
    my $status = unpack "n", substr $head, 36, 2;
    if ($status) { printf "chose %s, status 0x%04x\n", $key{CHAP_A} // "none", $status; exit }
    %key = (%key, map { split /=/, $_, 2 } split /\0/, $text);
}
login(0, "InitiatorName=iqn.2026-11.lab:host", "SessionType=Normal", "TargetName=iqn.2026-11.lab:disk", "AuthMethod=CHAP");
login(0, "CHAP_A=$offer");
open my $f, ">", "/tmp/digest"; binmode $f;
print $f chr($key{CHAP_I}), $password, pack "H*", substr $key{CHAP_C}, 2; close $f;
my ($sum) = split / /, `$tool{$key{CHAP_A}} /tmp/digest`;
login(0x81, "CHAP_N=host", "CHAP_R=0x$sum");
print "chose $key{CHAP_A}, accepted\n";
P
for suite in bookworm trixie sid; do
  debian_root "$suite" "tgt=${versions[$suite]}" perl-base
  cp "$work/login.pl" "$work/$suite/tmp/"
  seen=$(timeout 60 unshare --mount --net --pid --fork --kill-child \
    sh -c 'ip link set lo up; mount -t proc proc "$0/proc"; exec chroot "$0" sh' "$work/$suite" <<'S'
    tgtd -f --iscsi portal=127.0.0.1:3260 >/dev/null 2>&1 &
    target() { tgtadm --lld iscsi "$@"; }
    until target --op show --mode sys >/dev/null 2>&1; do sleep 0.1; done # of at most the 60 s above
    target --op new --mode target --tid 1 -T iqn.2026-11.lab:disk
    target --op bind --mode target --tid 1 -I ALL
    target --op new --mode account --user host --password correct-horse
    target --op bind --mode account --tid 1 --user host
    for offer in 5 5,7 8,7,6,5 7,5 6,5 6 7; do echo "$offer: $(perl /tmp/login.pl $offer correct-horse)"; done
    echo "5, wrong password: $(perl /tmp/login.pl 5 wrong-horse)"
S
  )
  while IFS='=' read -r offer wanted; do
    expect "$suite, $offer" "$wanted" "$(sed -n "s/^$offer: //p" <<<"$seen")"
  done <<'E'
5=chose 5, accepted
5,7=chose 5, accepted
8,7,6,5=chose 7, status 0x0200
7,5=chose 7, status 0x0200
6,5=chose 5, accepted
6=chose none, status 0x0200
7=chose 7, status 0x0200
5, wrong password=chose 5, status 0x0201
E
done
finish
