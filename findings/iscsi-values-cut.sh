#!/bin/bash
# open-iscsi, settings of a record that do not fit: `iscsiadm -m node -o update` says yes and stores something else.
#
# Guess: an error, as it gives for a start-up mode or a digest that it does not know.
# Seen (2.1.8 of Debian 12, 2.1.11 of Debian 13), each with exit code 0: `infinite` for the replacement timeout becomes 0, its opposite
# (outstanding I/O fails at once); a queue depth of 100000 becomes 34464, the rest beyond 16 bits being cut; a CHAP algorithm that it
# does not know is left out with a message; a password loses the blank in front, and the login then fails.
# So what is written must be read back and compared.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
debian_root bookworm open-iscsi=2.1.8-1
debian_root trixie open-iscsi=2.1.11-1+deb13u2

for suite in bookworm trixie; do
  record() { chroot "$work/$suite" iscsiadm -m node -T iqn.2024-12.lab.storage:ha -p 127.0.0.1:3260 "$@"; }
  stored() { # NAME VALUE: exit code of the update, and what the record then has between brackets
    local code=0
    record -o update -n "$1" -v "$2" >/dev/null 2>&1 || code=$?
    printf '%s [%s]' "$code" "$(record -o show -S | sed -n "s/^$1 = //p")"
  }
  mkdir -p "$work/$suite/run/lock/iscsi"
  record -o new >/dev/null 2>&1
  expect "$suite, a start-up mode that is not one" "7 [manual]" "$(stored node.startup automatically)"
  expect "$suite, an infinite replacement timeout" "0 [0]" "$(stored node.session.timeo.replacement_timeout infinite)"
  expect "$suite, a queue depth of 100000" "0 [34464]" "$(stored node.session.queue_depth 100000)"
  expect "$suite, a CHAP algorithm that is not one" "0 [MD5]" "$(stored node.session.auth.chap_algs SHA512)"
  expect "$suite, a password with a blank in front" "0 [secret-of-lab]" "$(stored node.session.auth.password ' secret-of-lab')"
done
finish
