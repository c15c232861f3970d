command -v iscsiadm >/dev/null || needed 'open-iscsi is not installed yet'
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
find_session || needed 'no session'
read -r state <"$session/state"; fact state "$state"
chap_stale() {
    stale_method=; stale_user=; stale_password=
    while IFS= read -r stale_line || [ -n "$stale_line" ]; do
        case $stale_line in
        'node.session.auth.authmethod = '*) stale_method=${stale_line#*= };;
        'node.session.auth.username = '*) stale_user=${stale_line#*= };;
        'node.session.auth.password = '*) stale_password=${stale_line#*= };;
        esac
    done <"$2"
    [ "$stale_method" = CHAP ] || return 1
    { IFS= read -r stale_line <"$1/username"; } 2>/dev/null || return 1
    [ "$stale_line" = "$stale_user" ] || return 0
    { IFS= read -r stale_line <"$1/password"; } 2>/dev/null || return 1
    [ "$stale_line" != "$stale_password" ]
}
if [ "$state" != LOGGED_IN ] && find_record && chap_stale "$session" "$record"; then
    refuse 'its session was opened with another CHAP user or password than its record has by now, so it can neither come back nor be ended; type on this node: systemctl reboot'
fi
[ "$state" = LOGGED_IN ] || needed "the session is in state $state"
read -r recovery <"$session/recovery_tmo"; fact recovery_tmo "$recovery"
[ "$recovery" = 20 ] || needed "an I/O error takes $recovery s and not 20"
shown=$(iscsiadm -m node -T "$target" -p "$portal" -o show 2>/dev/null) || needed 'no record of the target'
startup=; replacement=; method=; user=; algorithms=
while read -r key _ value; do
    case $key in
    node.startup) startup=$value;;
    node.session.timeo.replacement_timeout) replacement=$value;;
    node.session.auth.authmethod) method=$value;;
    node.session.auth.username) user=$value;;
    node.session.auth.chap_algs) algorithms=$value;;
    esac
done <<END
$shown
END
[ "$startup" = automatic ] || needed "node.startup is $startup"
[ "$replacement" = 20 ] || needed "replacement_timeout is $replacement"
[ "$method" = CHAP ] || needed 'the record does not use CHAP'
[ "$user" = harun ] || needed "the record has another CHAP user"
find_record || needed 'no record of the target'
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
while IFS= read -r line; do
    case $line in 'node.session.auth.password = '*) ;; *) continue;; esac
    password=${line#*= }
    printf '%s' "$password" | secret chap
    answer=$(printf '%s\n' "$password" | try_login "$user" "$algorithms")
    fact login "$answer"
    case $answer in
    refused*) needed "the login at the next boot would fail: ${answer#refused }";;
    esac
done <"$record"
password=
service=; daemon=
for state in $(systemctl is-enabled open-iscsi.service iscsid.socket iscsid.service 2>/dev/null); do
    if [ -z "$service" ]; then service=$state; else daemon="$daemon $state"; fi
done
[ "$service" = enabled ] || needed 'open-iscsi does not start at boot'
case $daemon in *enabled*) ;; *) needed 'iscsid does not start at boot';; esac
luns=
for link in /dev/disk/by-path/*"ip-$host:$port-iscsi-$target-lun-"* /dev/disk/by-path/*"ip-[$host]:$port-iscsi-$target-lun-"*; do
    case $link in *-part*) continue;; esac
    [ ! -b "$link" ] || luns="$luns ${link##*-lun-}"
done
fact luns "${luns# }"
[ -n "$luns" ] || needed 'no LUN is there yet'
satisfied
