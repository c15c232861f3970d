sync() {
    if [ $# = 0 ] || [ ! -L /usr/bin/sync ]; then command sync "$@"; return; fi
    [ "$1" != -- ] || shift
    perl -e 'require IO; for (@ARGV) {
        sysopen F, $_, 0 and IO::Handle::sync(*F) and next; print STDERR "sync: $_: $!\n"; $bad = 1
    } exit $bad' -- "$@"
}
cd "$HARUN_STATE" || exit 1
: >thawed
sync thawed .
for pid in $(grep -lsa '^sbd: ' /proc/[0-9]*/cmdline | tr -dc '0-9\n'); do kill -CONT "$pid"; done
