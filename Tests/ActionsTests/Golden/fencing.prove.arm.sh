umask 077; mkdir -p "$HARUN_STATE" && cd "$HARUN_STATE" || exit 1
! systemctl is-active --quiet harun-watchdog-proof.service || refuse 'sbd is frozen already'
read -r boot </proc/sys/kernel/random/boot_id || exit 1
rm -f thawed alive
cat >freeze.sh <<'END'
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
END
cat >thaw.sh <<'END'
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
END
echo "abc $boot" >freeze.new && sync freeze.new freeze.sh thaw.sh && mv freeze.new freeze && sync . || exit 1
systemd-run --quiet --collect --unit=harun-watchdog-proof.service --property=RuntimeMaxSec=50 \
    --property=ExecStopPost="/bin/sh $HARUN_STATE/thaw.sh" --setenv=HARUN_STATE="$HARUN_STATE" \
    /bin/sh "$HARUN_STATE/freeze.sh" || exit 1
