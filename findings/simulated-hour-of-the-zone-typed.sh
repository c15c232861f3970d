#!/bin/bash
# crm_simulate --set-datetime, to see what a rule with hours will do at some time: the nodes live five hours west of UTC, and the rule has
# `hours="7-7"`.
#
# Guess: a moment is a moment. 07:30 there can be written with that zone, in UTC, with any other zone or as seconds since 1970, and the
# answer is the same, since rules go by the node's clock.
# Seen (2.1.5 of Debian 12, 3.0.0 of Debian 13, 3.0.3 of sid): the hours of a rule are compared with the hour as it was typed. The same
# moment as "12:30:00Z" says that the rule does not apply, and that one with hours="12-12" does; seconds since 1970 meet neither. Without
# the option, as in a cluster, the hour is that of the node's zone: only a time typed in it, or without a zone, predicts what will happen.
#
# The scheduler alone, TZ=EST5.
# shellcheck source=findings/lib/root.sh
. "$(dirname "$0")/lib/root.sh"
# shellcheck source=findings/lib/rule.sh
. "$(dirname "$0")/lib/rule.sh"
debian_root bookworm pacemaker-cli-utils=2.1.5-1+deb12u1
debian_root trixie pacemaker-cli-utils=3.0.0-2
debian_root sid pacemaker-cli-utils=3.0.3-2

export TZ=EST5
for suite in bookworm trixie sid; do
  while IFS='|' read -r moment seven twelve; do
    for hour in 7 12; do
      wanted=$seven; [ $hour = 7 ] || wanted=$twelve
      rule "hours=\"$hour-$hour\"" >"$work/$suite/tmp/cib.xml"
      expect "$suite, hours $hour, $moment" "$wanted" "$(applies "$suite" "$moment")"
    done
  done <<'E'
2026-11-29 07:30:00|yes|no
2026-11-29 07:30:00-05:00|yes|no
2026-11-29 12:30:00Z|no|yes
2026-11-29 13:30:00+01:00|no|no
1795955400|no|no
E
  # Without the option: the node's own zone. The hour is taken twice, in case it ends in between.
  seen=
  for _ in 1 2; do rule "hours=\"$(date +%-H)-$(date +%-H)\"" >"$work/$suite/tmp/cib.xml"; seen="$seen $(applies "$suite")"; done
  expect "$suite, the node's hour, now" yes "$(grep -o yes <<<"$seen" | head -n 1)"
done
finish
