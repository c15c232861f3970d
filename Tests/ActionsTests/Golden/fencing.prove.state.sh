read -r boot </proc/sys/kernel/random/boot_id && fact boot "$boot"
[ ! -r "$HARUN_STATE/freeze" ] || fact freeze "$(cat "$HARUN_STATE/freeze")"
[ ! -r "$HARUN_STATE/alive" ] || fact alive "$(cat "$HARUN_STATE/alive")"
fact unit "$(systemctl is-active harun-watchdog-proof.service)"
[ ! -e "$HARUN_STATE/thawed" ] || fact thawed yes
satisfied
