import Steps
import Transport

/// Asks a target whether it takes a CHAP user and password, without a session coming of it.
///
/// A session that stands goes on with what it was opened with, so a wrong password in its record does no harm until the
/// node's next boot, and then the node has no disk. open-iscsi has no command for it: a second session would give every
/// disk a second device, and its link in `/dev/disk/by-id` with it. So the login of RFC 7143 (6 and 13) goes as far as the
/// target's answer to the password and ends there, under an ISID of its own, which takes no other session's place.
enum ISCSIChapTrial {
    /// Shell source of `try_login USER ALGORITHMS`, with the password's line as standard input.
    ///
    /// It prints `accepted`, `refused` and why, or `unknown` and why. Needs `host`, `port`, `target` and `initiator`; the
    /// algorithms are as in open-iscsi's records. perl-base is on every Debian and Ubuntu.
    static let words = """
        try_login() { perl -e \(program.shellQuoted) "$host" "$port" "$target" "$initiator" "$1" "$2" 2>&1; }
        """

    private static let program = #"""
        use strict; use Socket qw(getaddrinfo AI_NUMERICHOST SOCK_STREAM); use IPC::Open2;
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
        # Sends a login request of the security stage and gives back the answer's keys; any status but success ends it.
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
        $sum && $number =~ /^\d+$/ && length $challenge or end("unknown the target's challenge cannot be read");
        sub base64 {
            my $text = shift; $text =~ tr{A-Za-z0-9+/}{}cd; $text =~ tr{A-Za-z0-9+/}{ -_};
            return join "", map { unpack "u", chr(32 + int(length($_) * 3 / 4)) . $_ } $text =~ /(.{1,60})/g;
        }
        my $pid = open2(my $out, my $in, $sum); binmode $in;
        print $in chr($number), $password, $challenge; close $in;
        my ($digest) = (<$out> // "") =~ /^([0-9a-f]{32,})/ or end("unknown $sum gives no sum");
        ask(1, "CHAP_N=$user", "CHAP_R=0x$digest");
        end("accepted");
        """#
}
