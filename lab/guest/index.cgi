#!/bin/busybox sh
printf 'Content-Type: text/plain\r\n\r\n'
# the answer comes from the disk, so that a guest that has lost it does not look alive
boots=$(/bin/dd if=/data/boots iflag=direct bs=512 2>/dev/null) || boots=$(cat /data/boots) || boots=unreadable
echo "opencart boot=$boots uptime=$(cut -d. -f1 /proc/uptime)"
