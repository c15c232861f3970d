import Journaling
import Steps
import Transport

/// What a lease is on a node: one file, and the shell source that takes, keeps, checks and leaves it.
///
/// The file begins with five lines (`token`, `owner`, `run`, `since`, `boot`) and has a line `until AT FOR`
/// for each time it was extended; the last one holds. To extend it is one appended line, so that no reader
/// ever sees half a file and no process is started. To take it is a new file under a `flock`, and that is on the
/// disk before anything else is done: a node that is fenced in the same run must still know whose it is.
///
/// Time is the node's own uptime, which no clock setting moves; `AT` is worth nothing after a reboot, and
/// the lease then lasts for `FOR` seconds of the new boot, which is never less than it was.
struct LeaseScript {
    let lease: Lease

    /// The exit code of a script that found the lease gone and did nothing.
    static let lost: UInt8 = 21
    /// Where the lease is extended by a bare append only while at least so many seconds of it are left: a
    /// process that is held up for longer in between sees that afterwards.
    private static let safe = 60
    /// A longer file is written anew: a shell reads it byte by byte, 100 lines in 2 ms.
    private static let most = 100

    /// Defines `lease_look`, `lease_put`, and `lease_lock`; nothing runs by itself.
    private var words: String {
        """
        \(DiskSync.function)
        lease=/var/lib/harun/lease; mine=\(lease.token)
        lease_look() {
            holder=; owner=; from=; since=; boot=; until=0; span=0; lines=0
            if [ -r "$lease" ]; then
                while read -r key value more; do
                    lines=$((lines + 1))
                    case $key in
                    token) holder=$value;;
                    owner) owner=$value;;
                    run) from=$value;;
                    since) since=$value;;
                    boot) boot=$value;;
                    until) case $value$more in ''|*[!0-9]*) ;; *) until=$value; span=$more;; esac;;
                    esac
                done <"$lease"
            fi
            read -r now _ </proc/uptime; now=${now%%.*}
            read -r here </proc/sys/kernel/random/boot_id
            if [ "$boot" = "$here" ]; then left=$((until - now)); else left=$((span - now)); fi
        }
        lease_put() {
            (umask 077; printf 'token %s\\nowner %s\\nrun %s\\nsince %s\\nboot %s\\nuntil %s %s\\n' "$mine" "$1" "$2" "$3" \\
                "$here" $((now + $4)) "$4" >"$lease.new") && mv -f "$lease.new" "$lease" &&
                sync "$lease" /var/lib/harun
        }
        lease_lock() { exec 9>>"$lease.lock" && flock -w 20 9 || { echo 'the lock of the lease is busy' >&2; exit 73; }; }
        """
    }

    /// Takes the lease where it is free, this process's already, or the one to displace.
    ///
    /// Ends well in any case, with the fact `lease` where it was taken and with facts of its holder where not.
    ///
    /// - Parameters:
    ///   - displacing: the token of a lease that may be taken over.
    ///   - onlyIfOver: whether that must be over by then.
    ///   - time: now, for people.
    func take(displacing: String?, onlyIfOver: Bool, time: String) -> Script {
        Script(
            """
            \(words)
            umask 077
            [ -d /var/lib/harun ] || mkdir -p /var/lib/harun || exit 73
            lease_lock
            lease_look
            if [ -z "$holder" ] || [ "$holder" = "$mine" ] ||
                { [ "$holder" = \((displacing ?? "").shellQuoted) ] && { \(onlyIfOver ? "[ \"$left\" -le 0 ]" : "true"); }; }
            then
                lease_put \(lease.owner.shellQuoted) \(lease.run.text.shellQuoted) \(time.shellQuoted) \(Lease.seconds) || exit 73
                fact lease taken
            else
                fact token "$holder"; fact owner "$owner"; fact run "$from"; fact since "$since"; fact left "$left"
            fi
            """, timeout: .seconds(60))
    }

    /// Removes the lease where it is this process's.
    var leave: Script {
        Script(
            """
            \(words)
            [ -e "$lease" ] || exit 0
            lease_lock
            lease_look
            [ "$holder" != "$mine" ] || rm -f "$lease"
            """, timeout: .seconds(60))
    }

    /// Put before whatever writes: goes on only while the lease is this process's, and extends it over the
    /// time that the work may take.
    ///
    /// Built-ins only, unless the lease is nearly over, gone, or long: then the lock decides.
    func check(_ work: Duration) -> String {
        """
        \(words)
        ( lease_look
        [ "$lines" -gt \(Self.most) ] || [ "$holder" != "$mine" ] || [ "$left" -lt \(Self.safe) ] || {
            end=$((now + left))
            \(extend("$(( \(Lease.seconds) + \(work.components.seconds) ))"))
            read -r now _ </proc/uptime
            [ "${now%%.*}" -ge "$end" ] || exit 0
        }
        lease_lock
        lease_look
        [ "$holder" = "$mine" ] || {
            note='of this run is gone from the node'
            [ -z "$holder" ] || note="is held by $owner for run $from, since $since"
            printf 'note the lease %s; nothing was done\\n' "$note"
            exit \(Self.lost)
        }
        lease_put "$owner" "$from" "$since" $((\(Lease.seconds) + \(work.components.seconds))) || exit 73
        ) </dev/null || exit
        """
    }

    /// Put behind the work: nobody has to wait for the time that it might have taken.
    ///
    /// The work is over before its time, so the lease is still this process's.
    var shorten: String {
        """
        ( lease_look; [ "$holder" != "$mine" ] || [ "$left" -lt \(Self.safe) ] || { \(extend(String(Lease.seconds))); } )
        """
    }

    /// One appended line, or two in one write where the node was booted anew since the last.
    private func extend(_ seconds: String) -> String {
        """
        span=\(seconds)
        if [ "$boot" = "$here" ]; then printf 'until %s %s\\n' $((now + span)) "$span" >>"$lease"
        else printf 'boot %s\\nuntil %s %s\\n' "$here" $((now + span)) "$span" >>"$lease"; fi
        """
    }
}
