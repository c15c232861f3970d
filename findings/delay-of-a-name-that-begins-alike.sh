#!/bin/bash
# Pacemaker, a fencing delay for each node in one map: `pcmk_delay_base="node:3s;node2:0s"`.
#
# Guess: the entry of exactly that node counts, so that a fence of `node2` does not wait.
# Seen (2.1.5 of Debian 12; 3.0.0 of Debian 13 has the same line, `strncasecmp` over the length of the entry's name, in
# get_action_delay_base of fenced_commands.c): the first entry whose name the target's name *begins* with counts. A fence of
# `node2` waits 3 s, as one of `node` does: two nodes that lose each other shoot at the same moment, which the map was there to
# prevent. With the longer name first the same map means what it says.
#
# Pacemaker's fencer alone, in the mode of its own regression tests, with an agent that does nothing.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pacemaker=2.1.5-1+deb12u1 pacemaker-cli-utils=2.1.5-1+deb12u1
root=$work/bookworm
cat >"$root/usr/sbin/fence_nothing" <<'A'
#!/bin/sh
action=${2-}
[ $# != 0 ] || while read -r line; do case $line in action=*) action=${line#*=};; esac; done
[ "$action" = metadata ] || exit 0
cat <<M
<?xml version="1.0"?><resource-agent name="fence_nothing"><longdesc>nothing</longdesc><parameters>
<parameter name="action"><content type="string"/></parameter><parameter name="port"><content type="string"/></parameter>
</parameters><actions><action name="off"/><action name="reboot"/><action name="monitor"/><action name="metadata"/></actions>
</resource-agent>
M
A
chmod +x "$root/usr/sbin/fence_nothing"

# fencer ROOT MAP: what the fencer says of the delay of a fence of node2. Run in namespaces of its own.
fencer() {
  mount --make-rprivate /
  mount -t tmpfs none "$1/dev/shm"; mount -t proc none "$1/proc"
  ip link set lo up
  chroot "$1" env PCMK_logfile=/tmp/fencer.log /usr/lib/pacemaker/pacemaker-fenced --stand-alone >/dev/null 2>&1 &
  # shellcheck disable=SC2034
  for try in $(seq 100); do
    chroot "$1" stonith_admin --register device --agent fence_nothing --option 'pcmk_host_list=node node2' \
      --option "pcmk_delay_base=$2" >/dev/null 2>&1 && break
    sleep 0.2
  done
  chroot "$1" stonith_admin --reboot node2 --timeout 30 >/dev/null 2>&1 || echo "the fence failed"
  sed -n "s/.*Delaying 'reboot' action targeting node2 using device for \([0-9]*s\).*/waits \1/p" "$1/tmp/fencer.log"
}
export -f fencer

for map in 'node:3s;node2:0s' 'node2:0s;node:3s'; do
  rm -f "$root/tmp/fencer.log"
  said=$(unshare -m -p -n -i -f --kill-child bash -c "fencer $root '$map'" 2>/dev/null)
  case $map in node:*) expect "a fence of node2, $map" "waits 3s" "$said";; *) expect "a fence of node2, $map" "waits for nothing" "${said:-waits for nothing}";; esac
done
finish
