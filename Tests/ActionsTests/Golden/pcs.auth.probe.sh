[ ! -s /var/lib/pcsd/known-hosts ] || secret hosts </var/lib/pcsd/known-hosts
[ ! -s /var/lib/pcsd/pcs_users.conf ] || secret users </var/lib/pcsd/pcs_users.conf
satisfied
