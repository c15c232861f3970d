# shellcheck shell=bash
# Where Debian packages come from: what this machine's own apt is set to, for any release of Debian. Works without package lists and
# without a network. Also read by scripts/check-cib and the findings.

MIRROR_RELEASES="bookworm trixie forky sid"

# mirror_archives: "URI SUITE SIGNED-BY TRUSTED" of every archive with the component main, as apt's own files tell, "-" for what is
# not said. A key written into the file has its line ends as \n.
mirror_archives() {
  local list="" parts="" file
  eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
  for file in "$list" "$parts"/*.list; do
    [ ! -f "$file" ] || sed -E 's/^deb\t/deb /' "$file" | awk '
      $1 != "deb" { next }
      {
        options = ""
        if (match($0, /\[[^]]*\]/)) { options = substr($0, RSTART + 1, RLENGTH - 2); $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + RLENGTH) }
        key = trusted = "-"; main = 0
        count = split(options, option, /[ \t]+/)
        for (i = 1; i <= count; i++) {
          if (sub(/^signed-by=/, "", option[i])) key = option[i]
          if (sub(/^trusted=/, "", option[i])) trusted = option[i]
        }
        for (i = 4; i <= NF && $i !~ /^#/; i++) if ($i == "main") main = 1
        if (main) print $2, $3, key, trusted
      }'
  done
  for file in "$parts"/*.sources; do
    [ ! -f "$file" ] || awk '
      function tell(  u, s, i, j, key) {
        if ((" " field["types"] " ") ~ / deb / && (" " field["components"] " ") ~ / main / && tolower(field["enabled"]) !~ /^(no|false|0)$/) {
          key = field["signed-by"]; gsub(/^(\\n)+/, "", key)
          if (key !~ /BEGIN PGP/) { gsub(/\\n| +/, ",", key); sub(/,+$/, "", key) } else gsub(/ /, "\\040", key)
          u = split(field["uris"], uri, /[ \t]+/); s = split(field["suites"], suite, /[ \t]+/)
          for (i = 1; i <= u; i++) for (j = 1; j <= s; j++)
            if (uri[i] != "" && suite[j] != "") print uri[i], suite[j], key == "" ? "-" : key, field["trusted"] == "" ? "-" : field["trusted"]
        }
        split("", field)
      }
      /^#/ { next }
      /^[ \t]*$/ { tell(); next }
      /^[ \t]/ { text = $0; sub(/^[ \t]+/, "", text); if (text == ".") text = ""; field[name] = field[name] (name == "signed-by" ? "\\n" : " ") text; next }
      { name = tolower($0); sub(/:.*/, "", name); text = $0; sub(/^[^:]*:[ \t]*/, "", text); sub(/[ \t]+$/, "", text); field[name] = text }
      END { tell() }' "$file"
  done
}

# mirror_sources SUITE [KEYS]: the lines of a sources.list of that release: the archives that this machine takes its own release's
# packages, updates and security updates from. A key that is written into apt's files is put into the folder KEYS.
mirror_sources() {
  local suite=$1 keys=${2:-} kind uri name key trusted own best rank high options
  own=$(. /etc/os-release; echo "${VERSION_CODENAME:-sid}")
  for kind in "" -updates -security; do
    best="" high=0
    while read -r uri name key trusted; do
      # Other archives name their suites after Debian's: the machine's own release and Debian's own key count before a name.
      case " $MIRROR_RELEASES $own stable oldstable testing unstable " in *" ${name%"$kind"} "*) rank=1 ;; *) continue ;; esac
      [ "$name" = "${name%"$kind"}$kind" ] || continue
      [ "$name" != "$own$kind" ] || rank=$((rank + 4))
      case $key in *debian-archive*) rank=$((rank + 2)) ;; *) case $uri in */debian | */debian/ | */debian-security | */debian-security/) rank=$((rank + 1)) ;; esac ;; esac
      if [ "$rank" -gt "$high" ]; then high=$rank best="$uri $key $trusted"; fi
    done < <(mirror_archives)
    if [ -z "$best" ]; then
      [ -n "$kind" ] || { echo "this machine's apt has no archive of Debian" >&2; return 1; }
      continue
    fi
    [ "$suite" != sid ] || [ -z "$kind" ] || continue
    read -r uri key trusted <<<"$best"
    case $uri in mirror+file:*) uri=$(awk '!/^#/ && NF { print $1; exit }' "${uri#mirror+file:}") ;; esac
    options=""
    case $key in
      -) ;;
      -----BEGIN*)
        [ -n "$keys" ] || { echo "the key of $uri lies in apt's own file, and there is no folder to put it in" >&2; return 1; }
        mkdir -p "$keys"
        name=$keys/mirror-$(sha256sum <<<"$key" | cut -c1-12).asc
        printf '%b\n' "$key" >"$name"
        options="signed-by=$name" ;;
      *) options="signed-by=$key" ;;
    esac
    [ "$trusted" != yes ] || options+=" trusted=yes"
    # The index of sid on a mirror that stands still is past its date.
    [ "$suite" != sid ] || options+=" check-valid-until=no"
    options=${options# }
    echo "deb ${options:+[$options] }${uri%/} $suite$kind main"
  done
}

# mirror_ports: the ports that the archives' addresses name
mirror_ports() { mirror_archives | sed -nE 's|^[a-z]+://[^/]*:([0-9]+)/.*|\1|p' | sort -u | tr '\n' ' '; }

# mirror_settings PART...: apt's settings of this machine, as lines of an apt.conf: `checks` (of dates), `transport`
# (all of http and https but the proxies), `proxies`.
mirror_settings() {
  local part
  for part in "$@"; do
    case $part in
      checks) apt-config dump --no-empty --format '%F "%v";%n' Acquire::Check-Valid-Until Acquire::Check-Date ;;
      transport) apt-config dump --no-empty --format '%F "%v";%n' Acquire::http Acquire::https | grep -vi '^Acquire::https\?::proxy' || true ;;
      proxies) apt-config dump --no-empty --format '%F "%v";%n' Acquire::http Acquire::https | grep -i '^Acquire::https\?::proxy' || true ;;
    esac
  done
}

# mirror_proxy URI: the proxy through which this machine's apt reaches it; nothing if it goes there itself.
mirror_proxy() {
  local scheme=${1%%:*} host proxy="" all="" detect="" variable
  host=${1#*://} host=${host%%/*} host=${host%:*}
  eval "$(apt-config shell proxy "Acquire::$scheme::Proxy::$host" all "Acquire::$scheme::Proxy" detect "Acquire::$scheme::Proxy-Auto-Detect")"
  [ -n "$proxy" ] || proxy=$all
  if [ -z "$proxy" ] && [ -n "$detect" ]; then proxy=$("$detect" "$1" 2>/dev/null || true); fi
  variable=${scheme}_proxy
  [ -n "$proxy" ] || proxy=${!variable:-}
  [ "$proxy" = DIRECT ] || echo "$proxy"
}
