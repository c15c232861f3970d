mkdir -p /var/lib/harun/proofs && cd /var/lib/harun/proofs || exit 1
printf '%s %s %s\n' abc "$(date -u +%FT%TZ)" 'nodo2 reset' >watchdog.new
sync watchdog.new && mv watchdog.new watchdog && sync watchdog
