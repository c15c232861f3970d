import Transport

/// What ``AptInstall`` writes down on the node while it works, and the shell words that both of its scripts share.
///
/// In the step's folder `$HARUN_STATE`, for the attempt N:
/// - `pre/set.N`: what apt is about to bring that was not there, one `NAME ARCHITECTURE VERSION STATE` a line, `STATE`
///   being dpkg's before (`config-files` where settings were left). Written by a hook that apt runs while it holds
///   dpkg's locks, and on the disk before the first package is unpacked. Whatever is not in there is not harun's.
/// - `pre/was.N`, `pre/auto.N`: what was installed then, and apt's marks.
/// - `pre/log.N`: what dpkg's log tells of installations in that same second or later: they came before this attempt.
/// - `dpkg.N`: what this attempt's own dpkg did, as it tells it (`--status-logger`), on the disk within milliseconds.
/// - `marks.N`: the packages that somebody asked apt for, when the attempt ended.
/// - `done.N`: apt ended well, so everything in `set.N` was done by it.
/// - `files.N`: the files in the packages' folders when the attempt ended.
enum AptRecord {
    /// `apt ARGUMENT…` is apt-get without questions, when nobody has a lock.
    ///
    /// `begun` is a file that is there from the moment at which apt may not be called once more; none where it is not set.
    ///
    /// A proxy that is set for logins (pam_env(8) reads `/etc/environment`) counts in a systemd unit too.
    static let environment = """
        export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none LC_ALL=C.UTF-8
        if [ -r /etc/environment ]; then
            while read -r line || [ -n "$line" ]; do
                line=${line#export }; value=${line#*=}
                case $value in \\"*\\" | \\'*\\') value=${value#?}; value=${value%?};; esac
                case ${line%%=*} in http_proxy | https_proxy | ftp_proxy | all_proxy | no_proxy)
                    export "${line%%=*}=$value";;
                esac
            done </etc/environment
        fi
        \(AptLocks.holder)
        \(AptLocks.unlocked)
        begun=
        apt() {
            while :; do
                unlocked || return 100
                apt-get -q -y -o DPkg::Lock::Timeout=60 -o APT::Get::AutomaticRemove=false "$@" && return
                code=$?
                # Somebody was quicker.
                if [ "$code" != 100 ] || [ -e "$begun" ] || [ -z "$(holder)" ]; then return "$code"; fi
            done
        }
        """

    /// Whether harun fetched the lists of packages within the hour.
    static let isFresh = """
        stamp=/var/lib/harun/apt-updated
        is_fresh() {
            now=$(date +%s); last=0
            [ ! -r "$stamp" ] || read -r last <"$stamp"
            case $last in ''|*[!0-9]*) last=0;; esac
            [ "$last" -le "$now" ] && [ $((now - last)) -lt 3600 ]
        }
        """

    /// Sets `gone` and `brings` from the answer of `apt-get -s` in `plan`.
    static let readPlan = """
        gone=; brings=
        while read -r verb name version _; do
            case $verb in
            Remv|Purg) gone="$gone $name";;
            Inst) case $version in \\(*) brings="$brings $name=${version#?}";; esac;;
            esac
        done <<PLAN
        $plan
        PLAN
        """

    /// `waiting_dpkg ARGUMENT…`: dpkg, which unlike apt waits for no lock; not while anybody else works.
    static let waitingDpkg = """
        waiting_dpkg() {
            said=
            until unlocked && said=$(dpkg "$@" 2>&1 </dev/null); do
                case $said in *locked*) [ "$waited" -lt 1200 ];; *) false;; esac || { printf '%s\\n' "$said"; return 1; }
                waited=$((waited + 2)); sleep 2
            done
        }
        """

    /// Of dpkg's log on standard input, the installations at `$since` or later; it tells whole seconds only.
    static let installed = """
        awk -v since="$since" '$3 == "install" && $1 " " $2 >= since'
        """

    /// The hook of an apt that installs; ends badly, and apt then does nothing at all, where anything would be removed.
    ///
    /// apt tells it every action with both versions, in the third form of its protocol (apt.conf(5),
    /// `DPkg::Pre-Install-Pkgs`). A package in `pre/auto.N` is one that is there and that nobody asked for.
    static let hook = """
        #!/bin/sh
        \(DiskSync.function)
        pre=$HARUN_STATE/pre
        n=$number; while [ -e "$pre/set.$n" ]; do n=$((n + 1)); done
        since=$(date '+%F %T') || exit 1
        cat /var/log/dpkg.log 2>/dev/null | \(installed) >"$pre/.log" || exit 1
        dpkg-query -W -f='${Package} ${Architecture} ${Version} ${db:Status-Status}\\n' >"$pre/.was" 2>/dev/null
        marks=/var/lib/apt/extended_states; [ -e "$marks" ] || marks=/dev/null
        cp "$marks" "$pre/.auto" || exit 1
        awk -v was="$pre/.was" '
            BEGIN { while ((getline line < was) > 0) { split(line, f, " "); state[f[1] " " f[2]] = f[4] } }
            !body { if ($0 == "") body = 1; next }
            $9 ~ /^\\*\\*(REMOVE|PURGE)/ { print "harun: apt would remove " $1 ", and nothing is done" >"/dev/stderr"; bad = 1 }
            $9 !~ /^\\*\\*/ && $2 == "-" {
                s = state[$1 " " $7]; print $1, $7, $6, s == "" ? "not-installed" : s
            }
            END { if (!body) { print "harun: apt did not tell what it would do" >"/dev/stderr"; bad = 1 }; exit bad }
        ' >"$pre/.set" || exit 1
        sync "$pre/.was" "$pre/.auto" "$pre/.log" "$pre/.set" && mv "$pre/.was" "$pre/was.$n" &&
            mv "$pre/.auto" "$pre/auto.$n" && mv "$pre/.log" "$pre/log.$n" && mv "$pre/.set" "$pre/set.$n" &&
            sync "$pre" || exit 1
        """

    /// - `places`: of a set on standard input, where its packages may have data: `NAME PATH`, or `NAME !` where what a
    ///   purge does is written elsewhere. Folders that they ship or name in what they run when purged, folders of their own
    ///   name, and their settings.
    /// - `found_files TEST…`: the files below such places, with size and time; a place that cannot be read is told as one.
    static let folders = """
        places() {
            awk '
            function tell(path) { if (path !~ shared && !((p, path) in told)) { told[p, path]; print p, path } }
            BEGIN {
                kinds = "(var/(lib|spool|opt|mail)|srv|opt)"
                shared = "^/var/lib/(dpkg|apt|systemd|ucf|dbus|debconf|update-rc[.]d|insserv|polkit-1|harun)(/|$)"
                count = split("/var/lib /var/spool /var/opt /srv /opt", roots, " ")
            }
            {
                p = $1; base = "/var/lib/dpkg/info/" p
                if ((getline line < (base ".list")) < 0) base = base ":" $2
                close(base ".list")
                stem = p; sub(/-?[0-9][-0-9.]*$/, "", stem)
                for (i = 1; i <= count; i++) { tell(roots[i] "/" p); if (stem != "") tell(roots[i] "/" stem) }
                while ((getline line < (base ".list")) > 0) if (line ~ "^/" kinds "/.") tell(line)
                while ((getline line < (base ".conffiles")) > 0) { sub(/^[^\\/]* /, "", line); tell(line) }
                while ((getline line < (base ".postrm")) > 0) {
                    if (line ~ /^[ \\t]*([.]|source)[ \\t]/ && line !~ /debconf\\/confmodule/) tell("!")
                    while (match(line, "/(var/(lib|spool|opt|mail)|srv|opt|etc)/[A-Za-z0-9._+-][A-Za-z0-9._+/-]*")) {
                        path = substr(line, RSTART, RLENGTH); line = substr(line, RSTART + RLENGTH)
                        sub(/[\\/.]+$/, "", path); tell(path)
                    }
                }
                close(base ".list"); close(base ".conffiles"); close(base ".postrm")
            }'
        }
        # shellcheck disable=SC2016
        found_files() {
            sed -n 's/^[^ ]* \\(\\/.*\\)/\\1/p' | LC_ALL=C sort -u | xargs -r -d '\\n' sh -c '
                tests=$1; shift; all=$*; n=$#
                while [ "$n" -gt 0 ]; do p=$1; shift; n=$((n - 1)); [ ! -e "$p" ] || set -- "$@" "$p"; done
                # shellcheck disable=SC2086
                [ $# = 0 ] || find "$@" ! -type d ! -type s ! -type p $tests -printf "%s %T@ %p\\\\n" || echo "? ? $1"
                ' files "$*" | LC_ALL=C sort -u
        }
        """
}
