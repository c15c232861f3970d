cib=; no_cib='Pacemaker is not installed yet'
if command -v cibadmin >/dev/null; then
    if cib=$(cibadmin --query 2>/dev/null); then no_cib=; else cib=; no_cib='the cluster does not run here yet'; fi
fi
[ -n "$no_cib" ] || printf '%s\n' "$cib" | secret cib
[ ! -e "${HARUN_STATE:-/dev/null}/begun" ] || fact begun yes
[ ! -r /var/lib/harun/proofs/failover ] || blob proof </var/lib/harun/proofs/failover
[ -z "$no_cib" ] || needed "$no_cib"
satisfied
