import Journaling
import Planning
import Steps
import Transport

/// The shell source that starts a long command under a systemd unit on its node, or finds it again there.
///
/// The same source is run after a lost connection, by a resumed run, and by two harun at once, so it decides
/// on the node, and atomically: the unit's own first act is to create the file `begun`, which only one process
/// can. Whoever finds no such file may create it too, with the word `never`; from then on the command is
/// proved not to have begun, and never will. See `docs/decisions/0009-long-commands-as-units.md`.
///
/// Its folder holds `script.*` (what was run), `main.*` (what ran it), `begun` (process, its start time, boot),
/// `output` and `status`.
struct LongCommand: Sendable {
    /// How long a unit whose time is over may take to end, as systemd stops it.
    static let longestStop = Duration.seconds(900)
    /// `harun-RUN-STAGE.STEP.NUMBER.service`, as `journalctl -u` wants it.
    let unit: String
    private let stateFolder: String
    private let folder: String
    private let title: String

    /// - Parameters:
    ///   - stateFolder: where the step keeps what it is taken back with.
    ///   - number: the how-manieth intent of this step and node it belongs to, so that a step that is done
    ///     again on purpose is not taken for the one before.
    init(run: RunID, step: StepID, number: Int, stateFolder: String) {
        unit = "harun-\(run)-\(step.stage).\(step.step).\(number).service".unitEscaped
        self.stateFolder = stateFolder
        folder = "\(stateFolder)/\(number)"
        title = "harun run \(run), step \(step)"
    }

    /// The script with everything around it; it ends where the script succeeded, and exits otherwise.
    ///
    /// - Parameters:
    ///   - script: nil to look only: what never began is then kept from beginning.
    ///   - mark: random characters that frame what harun itself reports.
    func text(_ script: Script?, mark: String) -> String {
        """
        \(names)
        \(Self.functions)
        gone() { rm -f "$IN".*; printf '\\n@%s %s %s\\n' \(mark) "$1" "$2"; exit 75; }
        umask 077; mkdir -p "$JOB" || exit 73
        if [ ! -e "$JOB/begun" ]; then
        \(script.map(start) ?? "    ! job_forbid || gone never 'harun ended before it was started'")
        fi
        umask 022
        job_known || ! job_forbid || gone never 'systemd did not start it'
        if job_lives; then
            \(Self.follow)
        else
            [ "$pid" != never ] || gone never 'it was given up before it was started'
            cat "$JOB/output"
        fi
        rc=; [ ! -r "$JOB/status" ] || read -r rc <"$JOB/status"
        case $rc in
        late*) printf '\\n@%s %s\\n' \(mark) "$rc"; rc=\(TimeLimit.code);;
        ''|*[!0-9]*)
            [ -z "$boot" ] || [ "$boot" = "$now" ] || gone lost 'the node was rebooted in mid-step'
            gone lost "its unit $UNIT ended without telling how"
            ;;
        esac
        """
    }

    /// Shows the output while it grows, until its process is gone.
    ///
    /// What that wrote last must not be missed: facts are there. The `tail` of uutils 0.12 ends once it sees that the
    /// process is gone, and does not look at the file again; GNU's looks once more. So what uutils' has shown is counted; its
    /// programs are links. GNU's writes to the connection itself, and so hears when that is gone.
    private static let follow = """
        if [ ! -L "$(command -v tail)" ]; then tail -n +1 -s 0.1 --pid="$pid" -f "$JOB/output"
        else
            { shown=$({ tail -n +1 -s 0.1 --pid="$pid" -f "$JOB/output" | tee /dev/fd/4 >&3; } 4>&1 | wc -c); } 3>&1
            tail -c +$((shown + 1)) "$JOB/output"
        fi
        """

    private var names: String {
        """
        HARUN_STATE=\(stateFolder.shellQuoted); export HARUN_STATE
        JOB=\(folder.shellQuoted); UNIT=\(unit.shellQuoted); IN=/run/harun/$UNIT
        """
    }

    /// What decides.
    ///
    /// `begun` is written under another name and linked to its own, so that nobody reads half of it.
    private static let functions = """
        \(DiskSync.function)
        job_forbid() {
            [ ! -e "$JOB/begun" ] || return 1
            ( echo never >"$JOB/never.$$" && sync "$JOB/never.$$" && ln "$JOB/never.$$" "$JOB/begun" ) 2>/dev/null
        }
        job_known() {
            n=0
            until [ -s "$JOB/begun" ]; do [ "$n" -lt 300 ] || return 1; n=$((n + 1)); sleep 0.1; done
        }
        job_lives() {
            pid=; began=; boot=; read -r now </proc/sys/kernel/random/boot_id
            read -r pid began boot <"$JOB/begun" && [ "$boot" = "$now" ] || return 1
            { read -r stat <"/proc/$pid/stat"; } 2>/dev/null || return 1
            set -- ${stat##*) }
            [ "$1" != Z ] && [ "${20}" = "$began" ]
        }
        """

    /// Asks systemd for the unit, once the files that it needs are complete.
    ///
    /// A second request for a unit that runs is refused by systemd, and one for a unit that has ended is ended
    /// by its own first act. Nobody else reads the files of one request: their names hold its process.
    private func start(_ script: Script) -> String {
        let input =
            script.input.isEmpty
            ? ""
            : """
                mkdir -p /run/harun && cat >"$IN.$$" && [ "$(wc -c <"$IN.$$")" -eq \(script.input.count) ] ||
                    gone never 'its input did not arrive'

            """
        let seconds = TimeLimit.seconds(script.timeout)
        // The unit ends its work itself, see TimeLimit; systemd's own limit is for where it cannot.
        // mixed: only the main process is asked to end, and does not; at a shutdown the node so waits for
        // dpkg or mkfs, within limits.
        let properties = [
            "KillMode=mixed", "RuntimeMaxSec=\(seconds + 60)",
            "TimeoutStopSec=\(min(seconds, Int(Self.longestStop.components.seconds)))", "IgnoreSIGPIPE=no",
            "After=network.target iscsid.service open-iscsi.service libvirtd.service",
        ].map { "--property=\($0)".shellQuoted }
        return """
                printf '%s\\n' \(main(script).shellQuoted) >"$JOB/main.$$" &&
                    printf '%s\\n' \((ScriptPrelude.text + "\n" + script.text).shellQuoted) >"$JOB/script.$$" || exit 73
            \(input)    why=$(systemd-run --quiet --collect --service-type=exec --unit="$UNIT" \\
                    --description=\(title.shellQuoted) \(properties.joined(separator: " ")) \\
                    /bin/sh "$JOB/main.$$" "$JOB/script.$$" "$IN.$$" "$PATH" 2>&1) || case $why in
                *already*) \(script.input.isEmpty ? "" : "rm -f \"$IN.$$\"");;
                *) ! job_forbid || gone never "${why:-systemd-run failed}";;
                esac
            """
    }

    /// What the unit runs.
    private func main(_ work: Script) -> String {
        """
        \(names)
        \(DiskSync.function)
        \(TimeLimit.functions)
        script=$1; input=$2; PATH=$3; export PATH
        umask 077; exec >>"$JOB/output" 2>&1
        \(!work.input.isEmpty ? "exec <\"$input\"; rm -f \"$input\"" : "exec </dev/null")
        read -r boot </proc/sys/kernel/random/boot_id; read -r stat <"/proc/$$/stat"
        set -- ${stat##*) }
        ( echo "$$ ${20} $boot" >"$JOB/begun.$$" && sync "$JOB/begun.$$" && ln "$JOB/begun.$$" "$JOB/begun" ) 2>/dev/null || exit 0
        sync "$JOB/begun" || exit 1
        trap : TERM
        HOME=/root; LC_ALL=C.UTF-8; export HOME LC_ALL; unset LANGUAGE; cd 2>/dev/null || cd /
        \(TimeLimit.work("umask 022; . \"$script\"", within: work.timeout, ended: "rc='late \(TimeLimit.seconds(work.timeout))'", stuck: "rc="))
        [ -z "$rc" ] || echo "$rc" >"$JOB/status"
        """
    }
}

extension String {
    /// The text as part of a unit's name: what systemd does not allow there stands as `\xHH`.
    fileprivate var unitEscaped: String {
        var name = ""
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            default: name += "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return name
    }
}
