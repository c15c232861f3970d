#!/bin/bash
# fence_virsh, a cluster of virtual machines that fence each other through libvirt, and a node that has suspended itself (S3, as a desktop does
# when nobody types): libvirt says "pmsuspended". Corosync has lost it, so it is to be fenced.
#
# Guess: only "shut off" is off. The machine is destroyed, as QEMU still holds all of it, and started.
# Seen (4.12.1 of Debian 12, 4.16.0 of Debian 13, 4.17.0 of sid): each state that is not in a list of five (running, blocked, idle, no state,
# paused) is off: "pmsuspended" and "in shutdown" too. For `off` the agent says "Success: Already OFF", and for `reboot` it tries to start
# what is there already, waits for it in vain, and says "Success: Rebooted", each with exit code 0 and no `virsh destroy`. The cluster
# starts the resources elsewhere; then a key or `virsh dompmwakeup` wakes the node, with its file system mounted and its writes pending.
#
# The real agent and the real virsh with libvirt's test driver, which can be told a state; ssh is a shell in the same root.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm fence-agents=4.12.1-1 libvirt-clients=9.0.0-4+deb12u2
debian_root trixie fence-agents-virsh=4.16.0-3 libvirt-clients=11.3.0-3+deb13u3
debian_root sid fence-agents-virsh=4.17.0-2 libvirt-clients=12.8.0-1

cat >"$work/agent" <<'T'
mkdir /run/bin
printf '#!/bin/bash\nPATH=/run/bin:$PATH PS1="[EXPECT]# " exec /bin/bash --noprofile --norc\n' >/run/bin/ssh
printf '#!/bin/bash\necho $1 >>/run/asked\nexec /usr/bin/virsh -c test:///run/host.xml "$@"\n' >/run/bin/virsh
chmod +x /run/bin/*
for state in 1 3 4 7; do # running, paused, in shutdown, pmsuspended
  cat >/run/host.xml <<X
<node><domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'><name>n2</name><memory>8192</memory><os><type>hvm</type></os>
<test:runstate>$state</test:runstate></domain></node>
X
  for action in off reboot; do
    : >/run/asked
    code=0
    fence_virsh --ip=localhost --username=root --identity-file=/etc/passwd --ssh-path=/run/bin/ssh --plug=n2 --action=$action --power-timeout=3 \
      >/run/said 2>/dev/null || code=$?
    echo "$(virsh -c test:///run/host.xml domstate n2 2>/dev/null | xargs), $action: $code $(grep -o 'Success.*' /run/said || echo -)," \
      "$(grep -xE 'destroy|start' /run/asked | paste -sd ' ' | grep . || echo nothing)"
  done
done
T
for suite in bookworm trixie sid; do
  cp "$work/agent" "$work/$suite/tmp/"
  # shellcheck disable=SC2016  # for the shell inside
  mapfile -t said < <(timeout 300 unshare -m --propagation private -n sh -c 'mount -t tmpfs none "$0/run"
    mount -t devpts none "$0/dev/pts" -o newinstance,ptmxmode=666; mount --bind "$0/dev/pts/ptmx" "$0/dev/ptmx"; exec chroot "$0" bash /tmp/agent' "$work/$suite" 2>/dev/null)
  # The test driver forgets what is destroyed, so that the agent waits for it in vain: here only the attempt counts.
  expect "$suite" "running, off: 1 -, destroy" "${said[0]:-}"
  expect "$suite" "running, reboot: 1 -, destroy" "${said[1]:-}"
  expect "$suite" "paused, off: 1 -, destroy" "${said[2]:-}"
  expect "$suite" "paused, reboot: 1 -, destroy" "${said[3]:-}"
  expect "$suite" "in shutdown, off: 0 Success: Already OFF, nothing" "${said[4]:-}"
  expect "$suite" "in shutdown, reboot: 0 Success: Rebooted, start" "${said[5]:-}"
  expect "$suite" "pmsuspended, off: 0 Success: Already OFF, nothing" "${said[6]:-}"
  expect "$suite" "pmsuspended, reboot: 0 Success: Rebooted, start" "${said[7]:-}"
done
finish
