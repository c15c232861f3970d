import Transport

/// A node's own record of one attempt of a step: that it was begun, and by which process, or that it never was.
///
/// Only one process can create the file: the script, as its first act, or whoever goes on with the run and
/// gives the attempt up. So a command that is still on its way when its run is resumed does nothing when it
/// arrives; and one that still runs, since its harun died and not it, is waited for before anybody asks what
/// it has done.
///
/// The file is written under another name and linked to its own: nobody ever reads half of it, and a node that loses
/// its power while it is written has not begun.
struct StepClaim: Sendable {
    /// What became of an attempt; a raw value is what the node reports.
    enum Fate: String, Sendable {
        /// It was not begun, and never will be.
        case never
        /// It was begun, and nothing of it runs any more.
        case over
        /// The same, since its time was over and it was ended.
        case late
        /// It still runs.
        case running
    }

    private let path: String

    /// - Parameters:
    ///   - folder: the step's folder on the node.
    ///   - attempt: its name in the journal's intent, another one for each attempt.
    init(folder: String, attempt: String) { path = "\(folder).begun.\(attempt)" }

    /// Shell source that ends the script unless it is the first to claim the attempt.
    ///
    /// - Parameter isDurable: whether the file is on disk before the work begins. Where a step must not run
    ///   twice, its absence has to prove something after a power cut as well.
    func begin(isDurable: Bool) -> String {
        """
        \(isDurable ? "\(DiskSync.function)\n" : "")(read -r boot </proc/sys/kernel/random/boot_id; read -r stat </proc/$$/stat; set -- ${stat##*) }
        echo "$$ ${20} $boot $3" >\(draft)\(isDurable ? " && sync \(draft)" : "") && ln \(draft) \(path.shellQuoted)) 2>/dev/null || {
            rm -f \(draft)
            [ ! -e \(path.shellQuoted) ] || refuse 'this attempt was given up: a later harun goes on with the run'
            exit 73
        }
        rm -f \(draft)\(isDurable ? "; sync \(path.shellQuoted) || exit 73" : "")
        """
    }

    /// The file that holds the limit in seconds where the attempt was ended because its time was over.
    var late: String { "\(path).late" }

    /// Shell source of the name under which the file is written first; holds the process's number.
    private var draft: String { "\(path.shellQuoted).$$" }

    /// Shell source that gives the attempt up or waits for its end, and reports its ``Fate``.
    ///
    /// - Parameter seconds: how long it is waited for.
    func close(within seconds: Int) -> String {
        """
        \(DiskSync.function)
        umask 077; mkdir -p "$HARUN_STATE" || exit 73
        if [ ! -e \(path.shellQuoted) ]; then
            if (echo never >\(draft) && sync \(draft) && ln \(draft) \(path.shellQuoted)) 2>/dev/null; then
                sync \(path.shellQuoted) || exit 73
            fi
            rm -f \(draft)
            [ -e \(path.shellQuoted) ] || exit 73
        fi
        read -r pid began boot group <\(path.shellQuoted) || pid=
        read -r now </proc/sys/kernel/random/boot_id
        # The shell's process group, which under sudo may be another's, can outlive it; a number is not given anew before.
        # A shell that nobody has asked for its end yet (Z) is over, and what it left in its group may not be.
        lives() {
            [ "${boot:-}" = "$now" ] || return 1
            if { read -r stat <"/proc/$pid/stat"; } 2>/dev/null; then
                set -- ${stat##*) }
                [ "${20}" = "$began" ] || return 1
                [ "$1" = Z ] || return 0
            fi
            for member in /proc/[0-9]*/stat; do
                { read -r stat <"$member"; } 2>/dev/null || continue
                set -- ${stat##*) }
                [ "$3" != "$group" ] || [ "$1" = Z ] || return 0
            done
            return 1
        }
        n=0
        while lives; do
            [ "$n" -lt \(seconds * 2) ] || { fact attempt running; exit 0; }
            n=$((n + 1)); sleep 0.5
        done
        if [ "$pid" = never ]; then fact attempt never
        elif read -r limit 2>/dev/null <\(late.shellQuoted); then fact limit "$limit"; fact attempt late
        else fact attempt over; fi
        """
    }
}
