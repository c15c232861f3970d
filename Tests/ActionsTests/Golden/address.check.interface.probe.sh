nic=br0; [ -e /sys/class/net/br0 ] || nic=
[ -z "$nic" ] || fact nic "$nic"
[ -n "$nic" ] || ip -o -f inet addr show scope global | while read -r _ name _ net _; do
    printf '%s ' "$name $net,"
done | blob networks
if command -v cibadmin >/dev/null &&
    cibadmin --query --xpath "//primitive[@id='virtual_ip']//nvpair[@name='ip'][@value='10.77.1.200']" >/dev/null 2>&1
then fact clustered yes
elif ping -c 1 -W 1 10.77.1.200 >/dev/null 2>&1; then fact answers yes; fi
satisfied
