set -e
link=/etc/systemd/system/default.target
[ -e "$HARUN_STATE/pre/link" ] || exit 0
read -r old <"$HARUN_STATE/pre/link"
at=none; [ ! -L "$link" ] || at=$(readlink "$link")
[ "$at" != "$old" ] || exit 0
now=$(systemctl get-default)
[ "$now" = graphical.target ] || refuse "it boots into $now by now, which harun did not set"
if [ "$old" = none ]; then rm -f "$link"; else ln -sfn "$old" "$link"; fi
systemctl daemon-reload
