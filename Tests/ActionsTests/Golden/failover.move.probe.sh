[ ! -e "${HARUN_STATE:-/dev/null}/begun" ] || fact begun yes
[ ! -r /var/lib/harun/proofs/failover ] || blob proof </var/lib/harun/proofs/failover
command -v cibadmin >/dev/null || needed 'Pacemaker is not installed yet'
cib=$(cibadmin --query 2>/dev/null) || needed 'the cluster does not run here yet'
printf '%s\n' "$cib" | secret cib
satisfied
