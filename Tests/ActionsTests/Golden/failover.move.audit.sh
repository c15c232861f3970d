crm_mon -1 --output-as=xml --fence-history=2 2>/dev/null | blob status
while read -r _ where _; do [ "$where" != /mnt/shared_storage ] || fact mounted yes; done </proc/mounts
fact machines "$(pgrep -fc -- 'guest=[o]pencart(,|$)')"
[ -z "$(ip -o addr show to 10.77.0.200)" ] || fact address yes
