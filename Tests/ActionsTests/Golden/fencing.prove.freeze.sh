sync() {
    if [ $# = 0 ] || [ ! -L /usr/bin/sync ]; then command sync "$@"; return; fi
    [ "$1" != -- ] || shift
    perl -e 'require IO; for (@ARGV) {
        sysopen F, $_, 0 and IO::Handle::sync(*F) and next; print STDERR "sync: $_: $!\n"; $bad = 1
    } exit $bad' -- "$@"
}
cd "$HARUN_STATE" || exit 1
sbd_pids() { grep -lsa "^sbd: $1" /proc/[0-9]*/cmdline | tr -dc '0-9\n'; }
pids="$(sbd_pids inquisitor) $(sbd_pids watcher)"
[ "$pids" != ' ' ] || exit 1
for pid in $pids; do kill -STOP "$pid" || exit 1; done
is_stopped() { read -r line <"/proc/$1/stat" || exit 1; case "${line##*) }" in T*) ;; *) return 1;; esac; }
looks=0
for pid in $pids; do
    until is_stopped "$pid"; do
        looks=$((looks + 1))
        [ $looks -lt 50 ] || exit 1
        sleep 0.1
    done
done
lived=0
while [ $lived -lt 20 ]; do
    sleep 1
    lived=$((lived + 1))
    echo $lived >alive
    sync alive
done
