# shellcheck shell=bash
# What the findings share: a Debian root in a temp folder that goes away at the end, and one way to state and check what was seen.
# Needs root and mmdebstrap; the mirror is the one that this machine's apt uses.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "needs root (chroot, namespaces)" >&2; exit 2; }
command -v mmdebstrap >/dev/null || { echo "needs: apt-get install mmdebstrap" >&2; exit 2; }

# shellcheck source=lab/lib/mirror.sh
. "$(dirname "${BASH_SOURCE[0]}")/../../lab/lib/mirror.sh"
work=$(mktemp -d /var/tmp/finding.XXXXXX)
trap 'rm -rf --one-file-system "$work"' EXIT

# debian_root SUITE PACKAGE[=VERSION]...: makes $work/SUITE with exactly these packages and what they need.
debian_root() {
  local suite=$1; shift
  mirror_sources "$suite" "$work/keys" | sed -n 1p >"$work/$suite.list"
  mirror_settings checks transport proxies >"$work/$suite.conf"
  mmdebstrap --quiet --variant=apt --aptopt="$work/$suite.conf" --aptopt='APT::Install-Recommends "false"' --include="$*" \
    "$suite" "$work/$suite" "$work/$suite.list" >&2
}

failures=0
# expect WHAT WANTED SEEN: prints what was seen, and remembers when it is not what it was.
expect() {
  if [ "$2" = "$3" ]; then printf 'as before  %s: %s\n' "$1" "$3"
  else printf 'CHANGED    %s: %s, and was %s\n' "$1" "$3" "$2"; failures=$((failures + 1)); fi
}
finish() { [ "$failures" = 0 ] || exit 1; }
