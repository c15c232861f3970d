/// The scripts that end a remote process group.
enum KillScript {
    /// Asks the group of a shell to end, and prints the group's number.
    ///
    /// The group is looked up and not assumed: under `sudo` the shell may be in the group of another process.
    static func terminate(pid: Int) -> String {
        """
        g=\(pid)
        if { read -r s </proc/\(pid)/stat; } 2>/dev/null; then s=${s##*) }; set -- $s; g=$3; fi
        [ "$g" -gt 1 ] || exit 1
        kill -s TERM -- "-$g" 2>/dev/null
        echo "$g"
        """
    }

    /// Ends what is left of a group; status 0 proves that nothing of it runs any more.
    ///
    /// Zombies do not count: they hold nothing, and in a container nobody may collect them.
    static func kill(group: Int) -> String {
        """
        lives() {
            kill -s 0 -- "-\(group)" 2>/dev/null || return 1
            for f in /proc/[0-9]*/stat; do
                { read -r s <"$f"; } 2>/dev/null || continue
                s=${s##*) }; set -- $s
                [ "$3" = \(group) ] && [ "$1" != Z ] && [ "$1" != X ] && return 0
            done
            return 1
        }
        kill -s KILL -- "-\(group)" 2>/dev/null
        n=0
        while lives; do n=$((n + 1)); [ $n -le 40 ] || exit 1; sleep 0.05; done
        """
    }
}
