#!/bin/bash
# pcs resource update of one option of a monitor: the resource has `op monitor interval=20s timeout=40s on-fail=fence`, and somebody gives
# it more time with `pcs resource update fs op monitor timeout=60s`.
#
# Guess: only the timeout changes. That is what `update` does to the resource's options and meta attributes, and there is one monitor only.
# Seen (0.11.5 of Debian 12, 0.12.0.2 of Debian 13, 0.12.3.1 of sid): the operation is replaced. Its interval becomes 60 s, pcs's own default,
# and `on-fail=fence` is gone, so a failed monitor no longer fences; exit code 0 and no word. `pcs resource update fs op monitor
# interval=20s timeout=60s` loses on-fail too, and an update of the interval alone loses the timeout.
#
# pcs on a CIB in a file; no cluster.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm pcs=0.11.5-1+deb12u1 pacemaker-cli-utils=2.1.5-1+deb12u1 pacemaker-resource-agents=2.1.5-1+deb12u1
debian_root trixie pcs=0.12.0.2-1 pacemaker-cli-utils=3.0.0-2 pacemaker-resource-agents=3.0.0-2
debian_root sid pcs=0.12.3.1-2 pacemaker-cli-utils=3.0.3-2 pacemaker-resource-agents=3.0.3-2

for suite in bookworm trixie sid; do
  inside() { chroot "$work/$suite" "$@"; }
  after() { # OPTIONS: what the monitor has after the update
    inside sh -c 'cibadmin --empty >/tmp/cib.xml'
    inside pcs -f /tmp/cib.xml resource create fs ocf:pacemaker:Dummy op monitor interval=20s timeout=40s on-fail=fence >/dev/null 2>&1
    inside pcs -f /tmp/cib.xml resource update fs op monitor "$@" >"$work/said" 2>&1; echo "exit code $?$(grep -v 'init system\|validation data' "$work/said"):"
    sed -n 's/.*\(<op [^>]*name="monitor"[^>]*>\).*/\1/p' "$work/$suite/tmp/cib.xml" | grep -oE '(interval|timeout|on-fail)="[^"]*"' | sort
  }
  expect "$suite, timeout=60s" 'exit code 0: interval="60s" timeout="60s"' "$(after timeout=60s | xargs -d '\n' echo)"
  expect "$suite, interval=20s timeout=60s" 'exit code 0: interval="20s" timeout="60s"' "$(after interval=20s timeout=60s | xargs -d '\n' echo)"
  expect "$suite, interval=30s" 'exit code 0: interval="30s"' "$(after interval=30s | xargs -d '\n' echo)"
done
finish
