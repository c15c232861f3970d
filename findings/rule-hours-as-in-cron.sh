#!/bin/bash
# Pacemaker, a rule with a date_spec whose hours or weekdays are written as cron takes them: `hours="22,23"` (a list), `weekdays="0"`
# (Sunday). People write such rules for windows in which a machine may move back.
#
# Guess: crm_verify says that this is no range; at worst the rule never applies, as for any value that means nothing.
# Seen: 2.1.5 of Debian 12 accepts both without a word, and the list applies at every hour of every day, so what was meant for two hours
# holds always; the Sunday never comes (7 is Sunday). 3.0.0 of Debian 13 and 3.0.3 of sid refuse the list (crm_verify ends with 78, and the
# rule never applies), so that a cluster that is upgraded does another thing than before; about the Sunday they are silent too.
#
# The scheduler alone, at times of a Sunday.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
# shellcheck source=findings/lib/rule.sh
. "$(dirname "$0")/lib/rule.sh"
debian_root bookworm pacemaker-cli-utils=2.1.5-1+deb12u1
debian_root trixie pacemaker-cli-utils=3.0.0-2
debian_root sid pacemaker-cli-utils=3.0.3-2

for suite in bookworm trixie sid; do
  list='verify 0, at 23:30 yes, at 12:00 yes'; [ $suite = bookworm ] || list='verify 78, at 23:30 no, at 12:00 no'
  for case in "hours=\"22-23\"=verify 0, at 23:30 yes, at 12:00 no" "hours=\"22,23\"=$list" \
    'weekdays="7"=verify 0, at 23:30 yes, at 12:00 yes' 'weekdays="0"=verify 0, at 23:30 no, at 12:00 no'; do
    spec=${case%=verify*}
    rule "$spec" >"$work/$suite/tmp/cib.xml"
    code=0; chroot "$work/$suite" crm_verify -x /tmp/cib.xml >/dev/null 2>&1 || code=$?
    expect "$suite, $spec" "${case#"$spec="}" \
      "verify $code, at 23:30 $(applies "$suite" '2026-11-29 23:30:00'), at 12:00 $(applies "$suite" '2026-11-29 12:00:00')"
  done
done
finish
