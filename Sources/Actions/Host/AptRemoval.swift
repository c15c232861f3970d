import Steps

/// How ``AptInstall`` is taken back: what it brought and nobody claimed since, without what others need of it.
///
/// A package goes only where all of this is so, and is kept and named otherwise:
/// - apt was about to bring it (`set.N`), and this step's own dpkg says that it began to unpack it;
/// - dpkg's log tells of no further installation of it since, as somebody who removed and installed it again leaves;
/// - nobody asked apt for it by name meanwhile; the step's own names are asked for from the beginning;
/// - nothing needs it that is not taken away too.
///
/// It is purged only where a purge can take nothing but what came with it; otherwise removed, and its settings and data stay.
enum AptRemoval {
    /// The undo's script.
    ///
    /// - Parameter names: every name that the step may have asked for.
    static func script(names: String) -> Script {
        Script(
            """
            \(PreImage.words)
            \(AptRecord.environment)
            \(AptRecord.waitingDpkg)
            \(AptRecord.folders)
            cd "$HARUN_STATE" || exit 1
            [ -e pre/set.1 ] || ! kept packages ||
                refuse 'an older harun installed these packages and did not write down which are its own; remove them yourself'
            # Nothing was ever about to be unpacked.
            [ -e pre/set.1 ] || { rm -f /var/lib/harun/apt-running; exit 0; }
            \(names)
            names=" $* "
            # What dpkg was cut off in is in its journal; nothing is configured by taking it in.
            waiting_dpkg --set-selections || exit 1
            \(decide)
            \(guards)
            \(sweep)
            \(settings)
            \(work)
            marks_as_before && rm -f /var/lib/harun/apt-running || exit 1
            [ -z "$stays" ] || refuse "these packages stay:$stays"
            """, timeout: .seconds(45 * 60), isLong: true)
    }

    /// Writes what is to go to `going` (`NAME ARCHITECTURE VERSION STATE NAME-FOR-APT`), and sets `stays` to what was brought
    /// and is not to go.
    ///
    /// A mark "asked for by name" counts where an attempt's end saw none (`marks.N`). One that was cut off saw nothing, and
    /// apt writes its marks last: they count then as soon as anybody changed any.
    private static let decide = """
        since=$(date -r pre/set.1 '+%F %T') || exit 1
        : >going; : >stays
        dpkg-query -W -f='${Package} ${Architecture} ${Version} ${db:Status-Status} ${binary:Package}\\n' >now || exit 1
        apt-mark showmanual >manual || exit 1
        zcat -f /var/log/dpkg.log* 2>/dev/null | \(AptRecord.installed) >log
        cat /dev/null pre/log.1 2>/dev/null | \(AptRecord.installed) >before
        last=0; : >remarked
        while [ -e "pre/set.$((last + 1))" ]; do
            last=$((last + 1)); next=pre/auto.$((last + 1)); [ -e "$next" ] || next=/var/lib/apt/extended_states
            [ -e "$next" ] || next=/dev/null
            [ -e "marks.$last" ] || cmp -s "pre/auto.$last" "$next" || echo "$last" >>remarked
            [ -e "dpkg.$last" ] || : >"dpkg.$last"
        done
        awk -v names="$names" -v last="$last" '
            function base(name) { sub(/:.*/, "", name); return name }
            function asked(name, called, n) {
                if (!(called in manual || name in manual) || index(names, " " name " ")) return 0
                for (; n <= last; n++) {
                    if (n in seen) return !((n, name) in mark || (n, called) in mark)
                    if (n in remarked) return 1
                }
                return 0
            }
            FILENAME ~ /^pre/ {
                split(FILENAME, part, "."); key = $1 " " $2
                if (!(key in first)) { order[++count] = key; first[key] = part[2] }
                attempt[key] = part[2]
                if (!(key in state) || $4 == "config-files") state[key] = $4
            }
            FILENAME ~ /^dpkg/ { if ($1 == "processing:" && $2 == "install:") own[base($3)]++ }
            FILENAME == "log" { logged[base($4)]++ }
            FILENAME == "before" { logged[base($4)]-- }
            FILENAME == "manual" { manual[$1] }
            FILENAME == "remarked" { remarked[$1] }
            FILENAME == "now" && $4 != "not-installed" && $4 != "config-files" {
                there[$1 " " $2] = $5; version[$1 " " $2] = $3
            }
            END {
                for (n = 1; n <= last; n++) {
                    while ((got = (getline line < ("marks." n))) > 0) mark[n, line]
                    if (got == 0) seen[n]
                }
                for (i = 1; i <= count; i++) {
                    key = order[i]; split(key, f, " "); name = f[1]; called = there[key]
                    if (called == "") continue
                    n = own[name] + 0
                    if (!n && (getline line < ("done." attempt[key])) >= 0) n = 1
                    why = ""
                    if (!n) why = "this step did not get as far as installing it"
                    else if (logged[name] + 0 > n) why = "somebody has installed it again since"
                    else if (asked(name, called, first[key])) why = "somebody has asked apt for it since"
                    if (why == "") print key, version[key], state[key], called >"going"
                    else print called " (" why ")" >"stays"
                }
            }' pre/set.* dpkg.* log before manual remarked now || exit 1
        list=' '; while read -r _ _ _ _ name; do list="$list${name%%:*} "; done <going
        """

    /// What would take a machine, a session or a cluster along stays as a whole.
    private static let guards = """
        has() { case $list in *" $1 "*) true;; *) false;; esac; }
        any() { for path; do [ ! -e "$path" ] || return 0; done; return 1; }
        if has open-iscsi && any /sys/class/iscsi_session/session*; then
            refuse 'open-iscsi stays: an iSCSI session is open, and purging would remove its settings'
        fi
        if has libvirt-daemon-system && any /etc/libvirt/qemu/*.xml /var/lib/libvirt/images/*; then
            refuse 'libvirt stays: this node has virtual machines or their disks'
        fi
        if has corosync && [ -e /etc/corosync/corosync.conf ] && [ -z "$(dpkg --verify corosync)" ]; then :
        elif has corosync && systemctl is-active --quiet corosync; then
            refuse 'the cluster packages stay: this node runs a cluster'
        fi
        """

    /// Takes out of `going` what others need.
    ///
    /// Where nobody installed anything since, apt's plan of the removal tells. Otherwise, or where that plan would take
    /// others along, apt is asked what it would miss: with these as the only packages that nobody asked for, its
    /// `autoremove` lists what nothing else depends on, recommendations included.
    private static let sweep = """
        # Sets `foreign` to what would go along.
        removal() {
            set --; while read -r _ _ _ _ name; do set -- "$@" "$name"; done <going
            foreign=; [ $# != 0 ] || return 0
            plan=$(apt -s remove "$@" 2>&1) || { printf '%s\\n' "$plan"; return 1; }
            \(AptRecord.readPlan)
            for name in $gone; do case $list in *" ${name%%:*} "*) ;; *) foreign="$foreign $name";; esac; done
        }
        removal || exit 1
        others=$(awk 'FILENAME == "now" && $4 == "installed" && !(($1 " " $2) in known) { print; exit }
            { if (FILENAME != "pre/was.1" || $4 == "installed") known[$1 " " $2] }' pre/was.1 going now)
        if [ -s going ] && [ -n "$foreign$others" ]; then
            awk -v native="$(dpkg --print-architecture)" '{
                print "Package: " $1 "\\nArchitecture: " ($2 == "all" ? native : $2) "\\nAuto-Installed: 1\\n" }' going >auto
            apt-get -s -q -o Dir::State::extended_states="$PWD/auto" -o APT::AutoRemove::SuggestsImportant=false \\
                autoremove >unneeded || exit 1
            : >going.new
            awk -v why="${foreign:- a package that came since}" '
                $1 == "Remv" { sub(/:.*/, "", $2); go[$2]; next }
                FILENAME == "going" { if ($1 in go) print >"going.new"; else print $5 " (needed by" why ")" >>"stays" }
                ' unneeded going || exit 1
            mv going.new going || exit 1
            list=' '; while read -r _ _ _ _ name; do list="$list${name%%:*} "; done <going
            removal || exit 1
            [ -z "$foreign" ] || refuse "taking these packages away would also remove$foreign, which harun did not install"
        fi
        """

    /// Sets `remove` and `purge` to the names of what goes.
    private static let settings = """
        places <going >folders && found_files -true <folders >found || exit 1
        cat /dev/null files.* 2>/dev/null | LC_ALL=C sort -u | LC_ALL=C comm -13 - found >data
        remove=; purge=
        while read -r verb name; do case $verb in remove) remove="$remove $name";; *) purge="$purge $name";; esac; done <<END
        $(awk '
            FILENAME == "data" {
                path = $0; sub(/^[^ ]+ [^ ]+ /, "", path)
                while (path != "" && !(path in used)) { used[path]; sub(/\\/[^\\/]*$/, "", path) }
            }
            FILENAME == "folders" { place = $0; sub(/^[^ ]+ /, "", place); if (place == "!" || place in used) full[$1] }
            FILENAME == "going" { print $1 in full || $4 == "config-files" ? "remove" : "purge", $5 }' data folders going)
        END
        """

    /// The hook holds apt to that, under its lock: whoever came in between stays.
    private static let work = """
        cat >hook <<'HOOK'
        #!/bin/sh
        awk -v set="$HARUN_STATE/going" '
            BEGIN { while ((getline line < set) > 0) { split(line, f, " "); mine[f[1] " " f[3]]; mine[f[1] " -"] } }
            !body { if ($0 == "") body = 1; next }
            $9 == "**CONFIGURE**" { next }
            $9 !~ /^\\*\\*(REMOVE|PURGE)/ || !(($1 " " $2) in mine) {
                print "harun: apt would change " $1 ", which is not this step\\047s, and nothing is done" >"/dev/stderr"; bad = 1
            }
            END { exit bad || !body }'
        HOOK
        chmod 700 hook || exit 1
        away() {
            apt -o DPkg::Pre-Install-Pkgs::="$HARUN_STATE/hook" -o "DPkg::Tools::Options::$HARUN_STATE/hook::Version=3" \\
                -o Dpkg::Options::=--force-remove-reinstreq "$@" </dev/null
        }
        # shellcheck disable=SC2086
        {
            [ -z "$remove" ] || { echo "removed, with its settings and data kept:$remove"; away remove $remove; } || exit 1
            [ -z "$purge" ] || away purge $purge || exit 1
        }
        # Naming a package to apt marks it as wanted by hand, also where it was there already.
        marks_as_before() {
            marks=$(awk -v names="$names" '
                FILENAME == "pre/was.1" { if ($4 == "installed") was[$1]; next }
                $1 == "Package:" { name = $2 }
                $1 == "Auto-Installed:" && $2 == 1 && name in was && index(names, " " name " ") { print name }
                ' pre/was.1 pre/auto.1) || return
            # shellcheck disable=SC2086
            [ -z "$marks" ] || apt-mark auto $marks
        }
        stays=; while read -r line; do stays="$stays${stays:+,} $line"; done <stays
        """
}
