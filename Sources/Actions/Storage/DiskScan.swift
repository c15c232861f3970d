/// Shell source that reads a whole disk: the only proof that nothing is on it.
///
/// A look at some places misses what lies between them: of 8 GiB with 400 MiB of data somewhere, 24 random MiB show
/// nothing in more than a quarter of the cases. A target's own map of its blocks (GET LBA STATUS) is not asked: on an
/// empty disk a true "nothing is there" looks like that of a target which always says so. See
/// docs/decisions/0018-a-disk-is-read-before-it-is-formatted.md.
enum DiskScan {
    /// Defines `scan`, which needs ``DiskExamination/function`` and its `DEV` and `SIZE`.
    ///
    /// It sets `found` to `empty`, `data WHERE` or `unreadable WHY`, and shows on standard error how far it is. Four
    /// streams read pieces of 256 MiB past the page cache; only as many zero pieces as there are make it empty.
    /// The end of all streams is the end of the pipe, and not a `wait`: that of dash 0.5.12 sleeps for ever where SIGCHLD
    /// was blocked in the process that started it.
    static let function = """
        scan() {
            pieces=$(((SIZE + 268435455) / 268435456))
            found=$({ stream 0 & stream 1 & stream 2 & stream 3; } | collect)
            : "${found:=unreadable it was not read to its end}"
        }
        # Every fourth piece, from number $1 on.
        stream() {
            piece=$1
            while [ "$piece" -lt "$pieces" ]; do
                bytes=$((SIZE - piece * 268435456))
                [ "$bytes" -le 268435456 ] || bytes=268435456
                zero "$((piece * 256))" "$bytes" || { echo "$found"; return 0; }
                echo "zero $piece" || return 0
                piece=$((piece + 4))
            done
        }
        collect() {
            read=0; shown=0
            while read -r word rest; do
                [ "$word" = zero ] || { echo "$word $rest"; return 0; }
                read=$((read + 1))
                percent=$((read * 100 / pieces))
                [ "$percent" = "$shown" ] || echo "read $percent % of $((SIZE / 1048576)) MiB, all of it zero" >&2
                shown=$percent
            done
            if [ "$read" = "$pieces" ]; then echo empty; else echo "unreadable it was not read to its end"; fi
        }
        """

    /// How long the reading of that many bytes may take, with an hour for what goes with it.
    ///
    /// A session of 20 MB/s is slow; what is slower yet is better looked at than waited for.
    static func limit(bytes: Int) -> Duration { .seconds(min(3600 + bytes / 20_000_000, 23 * 3600)) }
}
