import Transport

/// The shell source that ends work on its node once its time is over, whether or not anybody listens any more.
///
/// A watcher runs beside the work, in the same shell: it sleeps, and then ends what runs below that shell, first with
/// TERM and five seconds later with KILL, until nothing of it is left. What belongs to the work is told by three marks:
/// the unit's control group for a long command, otherwise the process group and a variable that every process of the
/// work inherits; only who leaves the group *and* clears the environment is not found. It costs one fork and one
/// `sleep`. See `docs/decisions/0025-timeouts-end-on-the-node.md`.
enum TimeLimit {
    /// How much longer than the node's own limit a connection waits: for TERM, KILL, and a slow node's answer.
    static let slack = Duration.seconds(60)
    /// The exit code of work whose time was over, as `timeout(1)` has it.
    static let code: UInt8 = 124

    /// Defines `h_watch SECONDS [FILE]`, `h_unwatch` and what these need; nothing runs by itself.
    ///
    /// Where nobody listens any more, the shell must not die of its own word that something was terminated, which dash
    /// says on standard error (SIGPIPE), and leave the watcher to its sleep. And whatever becomes of the shell, the
    /// watcher writes the limit to the file once it has ended the work.
    ///
    /// Behind `h_unwatch` `$late` is empty where the work ended in time, `over` where it was ended and nothing of it
    /// runs any more, and anything else where some of it could not be ended; `h_left` names that in `$left`.
    static let functions = """
        h_left() {
            left=
            if [ -n "$jail" ]; then
                while read -r p; do
                    case $safe in *" $p "*) ;; *) left="$left $p";; esac
                done <"$jail/cgroup.procs"
            else
                for f in /proc/[0-9]*/stat; do
                    { read -r s <"$f"; } 2>/dev/null || continue
                    p=${f#/proc/}; p=${p%/stat}; s=${s##*) }; set -- $s
                    [ "${3-}" = "$group" ] || continue
                    case "$1$safe" in [ZX]*|*" $p "*) ;; *) left="$left $p";; esac
                done
                for f in $(HARUN_WORK='' grep -slF "HARUN_WORK=$self.$$" /proc/[0-9]*/environ); do
                    p=${f#/proc/}; p=${p%/environ}
                    case "$safe$left " in *" $p "*) ;; *) left="$left $p";; esac
                done
            fi
            [ -n "$left" ]
        }
        h_born() {
            born=
            for f in /proc/[0-9]*/stat; do
                { read -r s <"$f"; } 2>/dev/null || continue
                p=${f#/proc/}; p=${p%/stat}; s=${s##*) }; set -- $s
                [ "${2-}" != "$self" ] || [ "$p" = "$own" ] || [ "$1" = Z ] || born=${20}
            done
            [ -n "$born" ]
        }
        h_parent() { read -r s <"/proc/$own/stat"; s=${s##*) }; set -- $s; [ "$2" = "$self" ]; }
        h_watcher() {
            trap '' HUP INT QUIT PIPE USR1
            trap 'kill -s KILL "$!"; exit 0' TERM
            limit=$1; read -r s </proc/self/stat
            own=${s%% *}; safe="$safe$own "; s=${s##*) }; set -- $s; start=${20}; slept=0; next=$limit
            while :; do
                sleep "$next" & wait "$!"
                slept=$((slept + next)); next=1
                h_born || { h_parent || break; continue; }
                next=$((limit - slept + (born - start) / 100))
                [ "$next" -gt 0 ] || break
            done
            trap '' TERM
            n=0; ! h_parent || kill -s USR1 "$self"
            while h_left; do
                n=$((n + 1)); [ "$n" -le 30 ] || exit 98
                [ "$n" != 1 ] || kill -s TERM $left
                [ "$n" -le 18 ] || kill -s KILL $left
                if [ "$n" -le 10 ]; then sleep 0.1; else sleep 0.5; fi
            done
            [ -z "$note" ] || echo "$limit" >"$note"
            exit 99
        }
        h_watch() {
            limit=$1; note=${2-}; late=; jail=; group=; safe=' '
            read -r self s </proc/self/stat; p=$self
            while [ "$p" -gt 1 ] && { read -r s <"/proc/$p/stat"; } 2>/dev/null; do
                safe="$safe$p "; s=${s##*) }; set -- $s; p=$2; group=${group:-$3}
            done
            if [ -n "${UNIT-}" ]; then
                while IFS=: read -r _ _ p; do
                    case $p in */"$UNIT") [ ! -r "/sys/fs/cgroup$p/cgroup.procs" ] || jail=/sys/fs/cgroup$p;; esac
                done </proc/self/cgroup
            fi
            trap 'late=yes' USR1; trap : PIPE
            h_watcher "$limit" </dev/null >/dev/null 2>&1 &
            watcher=$!
        }
        h_unwatch() {
            kill "$watcher" 2>/dev/null
            # A unit's script has a trap for TERM, and until the watcher has its own a signal is lost between the two: it would
            # watch for as long as this waits for it. One that ends what is late is awake, and waits for all else to be gone.
            while [ -n "${UNIT-}" ] && [ -z "$late" ] && { read -r s <"/proc/$watcher/stat"; } 2>/dev/null; do
                case ${s##*) } in [ZX]*) break;; esac
                sleep 0.1; kill "$watcher" 2>/dev/null || break
            done
            while wait "$watcher" 2>/dev/null; end=$?; [ "$end" -gt 128 ] && kill -0 "$watcher" 2>/dev/null; do :; done
            trap - USR1 PIPE
            [ "$end" != 99 ] || late=over
        }
        h_again() {
            h_unwatch; printf '\\n@%s late %s\\n' "$1" "$limit"; h_watch "$limit"
        }
        """

    /// Work under its limit; leaves its exit status in `$rc`, which is ``code`` where its time was over.
    ///
    /// - Parameters:
    ///   - work: shell source of a subshell's body.
    ///   - note: the file in which the limit stands afterwards if the work was ended.
    ///   - ended: shell source for when the work was ended, and nothing of it runs any more.
    ///   - stuck: shell source for when some of it could not be ended; that is in `$left`.
    static func work(
        _ work: String, within limit: Duration, note: String? = nil, ended: String, stuck: String
    ) -> String {
        """
        h_watch \(seconds(limit)) \(note?.shellQuoted ?? "")
        (
        HARUN_WORK=$self.$$; export HARUN_WORK
        \(work)
        )
        rc=$?
        h_unwatch
        case $late in
        '') ;;
        over) rc=\(code); \(ended);;
        *) rc=\(code); h_left; \(stuck);;
        esac
        """
    }

    /// The limit as the node counts it.
    static func seconds(_ limit: Duration) -> Int {
        max(1, Int(limit.components.seconds) + (limit.components.attoseconds > 0 ? 1 : 0))
    }

    /// What is said of work that was ended.
    ///
    /// - Parameter limit: in seconds, as the node tells it.
    static func message(_ limit: String) -> String {
        "its time was over: it was ended after \(limit) s, and nothing of it runs any more"
    }
}
