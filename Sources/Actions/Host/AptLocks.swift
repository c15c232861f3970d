import Steps

/// Who has one of apt's and dpkg's locks, and waiting for that to end.
///
/// apt waits by itself for two of the four (`DPkg::Lock::Timeout`: the frontend's and dpkg's); an `apt-get update` or a download
/// that finds the lists or the archives locked fails at once (tried with apt 2.6), and dpkg waits for none.
enum AptLocks {
    /// `holder` prints `process PID (NAME)` where somebody has one of the locks, and nothing otherwise.
    ///
    /// One process. They are POSIX locks of the whole file; `/proc/locks` (proc_locks(5)) names process and inode, and a file of the same
    /// inode elsewhere is told apart by what that process has open.
    static let holder = """
        holder() {
            while read -r inode lock; do
                [ -n "$inode" ] || continue
                while read -r _ _ _ _ pid where _; do
                    case $where in *:"$inode") ;; *) continue;; esac
                    for file in /proc/"$pid"/fd/*; do
                        # dash and busybox have it.
                        # shellcheck disable=SC3013
                        [ "$file" -ef "$lock" ] || continue
                        name=; read -r name <"/proc/$pid/comm" || :
                        echo "process $pid (${name:-?})"
                        return
                    done
                done </proc/locks
            done <<LOCKS
        $(stat -c '%i %n' /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock \\
            /var/cache/apt/archives/lock 2>/dev/null)
        LOCKS
        }
        """

    /// `unlocked` waits until nobody has a lock, 20 minutes in all, and tells who does; it needs ``holder``.
    static let unlocked = """
        waited=0
        unlocked() {
            told=
            while who=$(holder); [ -n "$who" ]; do
                [ "$waited" -lt 1200 ] ||
                    { echo "$who has had a lock of apt or dpkg for 20 minutes; nothing was done here"; return 1; }
                [ "$who" = "$told" ] || echo "waiting for $who, which has a lock of apt or dpkg"
                told=$who; waited=$((waited + 2)); sleep 2
            done
        }
        """
}
