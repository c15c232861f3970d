cd "$HARUN_STATE" || exit 1
: >thawed
sync thawed .
for pid in $(grep -lsa '^sbd: ' /proc/[0-9]*/cmdline | tr -dc '0-9\n'); do kill -CONT "$pid"; done
