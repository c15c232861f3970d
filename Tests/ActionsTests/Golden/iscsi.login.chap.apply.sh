host=10.77.2.20
port=3260
case $host in *:*) portal=[$host]:$port;; *) portal=$host:$port;; esac
target=iqn.2024-12.lab.storage:ha
# Sets session to the sysfs folder of the session of this very target and portal.
find_session() {
    for session in /sys/class/iscsi_session/session*; do
        [ -e "$session" ] || continue
        read -r found <"$session/targetname" || continue
        [ "$found" = "$target" ] || continue
        number=${session##*/session}
        for connection in "/sys/class/iscsi_connection/connection$number:"*; do
            read -r found <"$connection/persistent_address" || continue
            read -r at <"$connection/persistent_port" || continue
            [ "$found" = "$host" ] && [ "$at" = "$port" ] && return 0
        done
    done
    session=; return 1
}
# Sets record to the file of this record; a folder in some versions, a file in others.
find_record() {
    for record in "/etc/iscsi/nodes/$target/$host,$port"* "/var/lib/iscsi/nodes/$target/$host,$port"*; do
        [ ! -d "$record" ] || record=$record/default
        [ ! -f "$record" ] || return 0
    done
    record=; return 1
}
IFS= read -r password || [ -n "$password" ] || { echo 'no password came' >&2; exit 1; }
if find_session && find_record; then
    algorithms=
    while read -r key _ value; do
        case $key in node.session.auth.chap_algs) algorithms=$value;; esac
    done <"$record"
    initiator=
if [ -r /etc/iscsi/initiatorname.iscsi ]; then
    while read -r line || [ -n "$line" ]; do
        case $line in InitiatorName=*) initiator=${line#*=};; esac
    done </etc/iscsi/initiatorname.iscsi
fi
    try_login() { perl -e 'use strict; use Socket qw(getaddrinfo AI_NUMERICHOST SOCK_STREAM); use IPC::Open2;
my ($host, $port, $target, $initiator, $user, $wanted) = @ARGV;
my $password = <STDIN>; $password = "" unless defined $password; chomp $password;
my %sum = (5 => "md5sum", 6 => "sha1sum", 7 => "sha256sum");
my %number = (MD5 => 5, SHA1 => 6, SHA256 => 7);
my $offer = join ",", map { $number{$_} || () } split /,/, uc $wanted; $offer ||= 5;
sub end { print "@_\n"; exit 0 }
$SIG{ALRM} = sub { end("unknown no answer within 20 s") }; alarm 20;
$SIG{PIPE} = "IGNORE"; $| = 1; binmode STDOUT;
my ($socket, $status, $tag);
sub dial {
    my ($failed, $at) = getaddrinfo($host, $port, {flags => AI_NUMERICHOST, socktype => SOCK_STREAM});
    $failed and end("unknown $host is no address");
    socket($socket, $at->{family}, $at->{socktype}, $at->{protocol}) && connect($socket, $at->{addr})
        or end("unknown the portal does not answer: $!");
    binmode $socket; ($status, $tag) = (0, int rand 2**31);
}
my $isid = pack "C6", 0x80, map({ int rand 256 } 1 .. 3), 0, 0;
sub bytes {
    my ($left, $all) = (shift, "");
    while ($left > 0) {
        my $count = sysread $socket, my $part, $left;
        $count or end("unknown the target ended the login without a word");
        $all .= $part; $left -= $count;
    }
    return $all;
}
# Sends a login request of the security stage and gives back the answer'\''s keys; any status but success ends it.
sub ask {
    my ($transit, @keys) = @_;
    my $data = join "", map { "$_\0" } @keys;
    my $head = pack("C4 N a6 n N n n N N", 0x43, $transit ? 0x81 : 0, 0, 0, length $data, $isid, 0, $tag, 0, 0, 1, $status);
    my $out = $head . "\0" x 16 . $data . "\0" x (-length($data) % 4);
    syswrite($socket, $out) == length $out or end("unknown the connection broke");
    my $answer = bytes(48);
    my $length = unpack("N", substr $answer, 4, 4) & 0xffffff;
    my $text = bytes($length + -$length % 4);
    my ($kind, $flags, $class, $detail) = (ord($answer) & 0x3f, map { ord substr $answer, $_, 1 } 1, 36, 37);
    $kind == 0x23 or end("unknown the target answers with no login response");
    $status = unpack("N", substr $answer, 24, 4) + 1;
    my %answer = map { split /=/, $_, 2 } grep { /=/ } split /\0/, substr $text, 0, $length;
    $answer{moved} = 1 if $class == 1;
    $flags & 0x40 and end("unknown the target answers in parts");
    $class == 2 && $detail == 1 and end("refused the CHAP user or password is wrong");
    $class == 2 && $detail == 2 and end("refused the target does not allow the initiator name $initiator");
    $class == 2 && $detail == 3 and end("refused there is no target $target");
    $class > 1 and end(sprintf "unknown the target answers the login with status 0x%02x%02x", $class, $detail);
    return %answer;
}
my %answer;
for my $try (1 .. 4) {
    dial();
    %answer = ask(0, "InitiatorName=$initiator", "SessionType=Normal", "TargetName=$target", "AuthMethod=CHAP,None");
    last unless $answer{moved};
    $answer{TargetAddress} =~ /^\[?([0-9A-Fa-f.:]+?)\]?(?::(\d+))?(?:,\d+)?$/ or end("unknown the target sends the login elsewhere");
    ($host, $port) = ($1, $2 || 3260); %answer = ();
}
my $method = $answer{AuthMethod};
defined $method or end("unknown the target names no method of authentication");
$method eq "None" and end("accepted it asks for no password");
$method eq "CHAP" or end("unknown the target wants $method");
%answer = ask(0, "CHAP_A=$offer");
my ($sum, $number, $text) = ($sum{$answer{CHAP_A} // 0}, $answer{CHAP_I} // "", $answer{CHAP_C} // "");
my $challenge = $text =~ /^0x((?:[0-9a-f]{2})+)$/i ? pack "H*", $1 : $text =~ /^0b(.+)$/i ? base64($1) : "";
$number = hex $number if $number =~ /^0x/i;
$sum && $number =~ /^\d+$/ && length $challenge or end("unknown the target'\''s challenge cannot be read");
sub base64 {
    my $text = shift; $text =~ tr{A-Za-z0-9+/}{}cd; $text =~ tr{A-Za-z0-9+/}{ -_};
    return join "", map { unpack "u", chr(32 + int(length($_) * 3 / 4)) . $_ } $text =~ /(.{1,60})/g;
}
my $pid = open2(my $out, my $in, $sum); binmode $in;
print $in chr($number), $password, $challenge; close $in;
my ($digest) = (<$out> // "") =~ /^([0-9a-f]{32,})/ or end("unknown $sum gives no sum");
ask(1, "CHAP_N=$user", "CHAP_R=0x$digest");
end("accepted");' "$host" "$port" "$target" "$initiator" "$1" "$2" 2>&1; }
    answer=$(printf '%s\n' "$password" | try_login harun "$algorithms")
    case $answer in
    accepted*) ;;
    *) refuse "the session and its record stay as they are: a login with the new user and password failed: ${answer#* }";;
    esac
fi
pre=$HARUN_STATE/pre
kept() { [ -e "$pre/$1" ] || [ -e "$pre/$1.absent" ]; }
keep() {
    ! kept "$1" || return 0
    [ -d "$pre" ] || mkdir -p "$pre" || return
    if [ -e "$2" ]; then cp -p "$2" "$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$1"; else : >"$pre/$1.absent"; fi
}
keep_output() {
    ! kept "$1" || return 0
    [ -d "$pre" ] || mkdir -p "$pre" || return
    kept_as=$1; shift
    "$@" >"$pre/.new" && sync "$pre/.new" && mv "$pre/.new" "$pre/$kept_as"
}
put_back() {
    if [ -e "$pre/$1" ]; then cp -p "$pre/$1" "$2.harun" && mv -f "$2.harun" "$2"
    elif [ -e "$pre/$1.absent" ]; then rm -f "$2" "$2.harun"; fi
}
session_before() { if find_session; then read -r tmo <"$session/recovery_tmo"; echo "open $tmo"; else echo closed; fi; }
enabled_before() { systemctl is-enabled open-iscsi.service iscsid.socket 2>/dev/null || :; }
save() {
    find_record || :
    [ ! -e "$HARUN_STATE/saved" ] || return 0
    umask 077
    keep_output session session_before && keep_output enabled enabled_before &&
        keep record "${record:-/nonexistent}" || return
    : >"$HARUN_STATE/saved"
    umask 022
}
save || exit 1
initiator=
if [ -r /etc/iscsi/initiatorname.iscsi ]; then
    while read -r line || [ -n "$line" ]; do
        case $line in InitiatorName=*) initiator=${line#*=};; esac
    done </etc/iscsi/initiatorname.iscsi
fi
: "${initiator:=(none: there is no /etc/iscsi/initiatorname.iscsi)}"
if [ -z "$record" ]; then
    found=$(iscsiadm -m discovery -t sendtargets -p "$portal" -o nonpersistent) ||
    { echo "no answer from an iSCSI target at $portal" >&2; exit 1; }
tag=; others=; elsewhere=
while read -r at name; do
    if [ "$name" != "$target" ]; then others="$others $name"
    elif [ "${at%,*}" = "$portal" ]; then tag=${at##*,}
    else elsewhere="$elsewhere ${at%,*}"
    fi
done <<END
$found
END
[ -n "$tag" ] || [ -z "$elsewhere" ] ||
    refuse "the target at $portal offers $target at other portals only:$elsewhere; write one of them as portal"
[ -n "$tag" ] ||
    refuse "$portal does not offer $target to this node, whose initiator name is $initiator; it offers:${others:- nothing}"
iscsiadm -m node -o new -T "$target" -p "$portal,$tag" >/dev/null || exit 1
fi
set_option() { iscsiadm -m node -T "$target" -p "$portal" -o update -n "$1" -v "$2" || exit 1; }
set_option node.startup automatic
set_option node.session.timeo.replacement_timeout 20
find_record || { echo 'iscsiadm made no record' >&2; exit 1; }
umask 077
{
    while IFS= read -r line || [ -n "$line" ]; do
        case $line in
        node.session.auth.authmethod\ *|node.session.auth.username\ *|node.session.auth.password\ *) continue;;
        '# END RECORD')
            printf 'node.session.auth.authmethod = CHAP\n'
            printf 'node.session.auth.username = %s\n' harun
            printf 'node.session.auth.password = %s\n' "$password";;
        esac
        printf '%s\n' "$line"
    done
} <"$record" >"$record.harun" && mv -f "$record.harun" "$record" || exit 1
password=
iscsiadm -m node -T "$target" -p "$portal" --login
case $? in
0|15) ;;
24) echo "the target refused the login: it does not allow the initiator name of this node, $initiator, or the CHAP user or password is wrong" >&2; exit 1;;
19) echo "the target ended the login; does it allow the initiator name of this node, $initiator?" >&2; exit 1;;
*) exit 1;;
esac
tries=0
until find_session && read -r state <"$session/state" && [ "$state" = LOGGED_IN ]; do
    tries=$((tries + 1)); [ "$tries" -lt 30 ] || { echo 'the session does not come up' >&2; exit 1; }
    sleep 1
done
# A session that was there before keeps its old figure otherwise.
read -r now <"$session/recovery_tmo"
[ "$now" = 20 ] || echo 20 >"$session/recovery_tmo" || exit 1
service=; daemon=
for state in $(systemctl is-enabled open-iscsi.service iscsid.socket iscsid.service 2>/dev/null); do
    if [ -z "$service" ]; then service=$state; else daemon="$daemon $state"; fi
done
[ "$service" = enabled ] || systemctl --quiet enable open-iscsi.service || exit 1
case $daemon in *enabled*) ;; *) systemctl --quiet enable iscsid.socket || exit 1;; esac
tries=0
while :; do
    udevadm settle --timeout=30
    for link in /dev/disk/by-path/*"ip-$host:$port-iscsi-$target-lun-"* /dev/disk/by-path/*"ip-[$host]:$port-iscsi-$target-lun-"*; do [ ! -b "$link" ] || exit 0; done
    tries=$((tries + 1))
    [ "$tries" -lt 30 ] || { echo "$target shows this node no LUN; is one mapped to it?" >&2; exit 1; }
    sleep 1
done
