package import Documents
package import Steps
package import Transport

/// Keeps the kernel from killing the cluster's daemons when memory runs out, now and after each start.
///
/// No unit of Debian's sets a score and none of the programs sets its own, so the kernel weighs corosync, which holds
/// 175 MiB, like any other process; and a node whose corosync is gone is fenced. corosync and sbd start nothing but
/// themselves and are made untouchable. What Pacemaker's daemons have, resource agents and what they start inherit:
/// theirs is only so low that no process of score 0 is spared for them, see ADR 26.
package struct OOMGuard: Action {
    package static let kind = "oom.guard"

    /// What the kernel's score of a unit's daemons is set to.
    struct Protection {
        var unit: String
        var score: Int
        /// More lines of the drop-in.
        var lines: [String] = []
    }

    static let protections = [
        Protection(unit: "corosync.service", score: -1000), Protection(unit: "sbd.service", score: -1000),
        // By default systemd stops all of Pacemaker once the kernel killed anything that an agent has started.
        Protection(unit: "pacemaker.service", score: -100, lines: ["OOMPolicy=continue"]),
    ]

    package let stepClass = StepClass.converge
    package let undo = Undo.exact
    package let scope = Scope.node
    package var summary: String { "keep corosync, sbd and pacemaker from being killed when memory runs out" }

    package init?(reading with: TableReader, peers: [Peer]) {}

    private static let units = protections.map(\.unit).shellWords

    private static let choices = protections.map {
        "    \($0.unit)) score=\($0.score); text=\(content($0).shellQuoted);;"
    }.joined(separator: "\n")

    /// The drop-in's text.
    static func content(_ protection: Protection) -> String {
        let lines = ["OOMScoreAdjust=\(protection.score)"] + protection.lines
        return """
            # When memory runs out the kernel must find something else to kill: this host would be fenced.
            [Service]
            \(lines.joined(separator: "\n"))

            """
    }

    /// What all three scripts know: each unit's file and score, what systemd says of it, and its own daemons.
    ///
    /// A daemon is a unit's main process or a child of it. What an agent started is further down, and what runs in a
    /// container has another parent.
    private static let words = """
        pending=/run/harun/reload-pending
        # The lowest name: whatever an administrator says in a drop-in of his own wins.
        choose() {
            file=/etc/systemd/system/$1.d/00-harun-oom.conf
            case $1 in
        \(choices)
            esac
        }
        guard() {
            [ ! -L "$file" ] || refuse "$file is a symbolic link; remove it, or write to the file behind it"
            [ ! -d "$file" ] || refuse "$file is a folder"
        }
        is_ours() { [ -f "$file" ] && printf %s "$text" | cmp -s - "$file"; }
        find_daemons() {
            daemons=
            for folder in /proc/[0-9]*; do
                comm=; read -r comm 2>/dev/null <"$folder/comm" || :
                case $comm in corosync | sbd | pacemaker*) ;; *) continue;; esac
                stat=; read -r stat 2>/dev/null <"$folder/stat" || continue
                now=; read -r now 2>/dev/null <"$folder/oom_score_adj" || continue
                # Behind the name in parentheses: the parent is the second, the moment of its start the twentieth.
                # shellcheck disable=SC2086
                set -- ${stat##*) }
                daemons="$daemons $folder|$2|${20}|$now"
            done
        }
        # take ENTRY: whether the daemon is the unit's own.
        take() {
            folder=${1%%|*}; rest=${1#*|}; parent=${rest%%|*}; rest=${rest#*|}; started=${rest%%|*}; now=${rest#*|}
            [ "$main" != 0 ] && { [ "${folder##*/}" = "$main" ] || [ "$parent" = "$main" ]; }
        }
        set_score() {
            { printf '%s\\n' "$2" >"$1/oom_score_adj"; } 2>/dev/null || [ ! -e "$1/stat" ] ||
                { echo "the kernel refuses the score $2 of process ${1##*/}" >&2; return 1; }
        }
        # each_unit FUNCTION: calls it with what systemd says of one unit.
        each_unit() {
            shown=$(systemctl show --property=Id,LoadState,MainPID,OOMScoreAdjust,NeedDaemonReload \(units)) || return
            find_daemons
            unit=; load=; main=0; adjust=0; stale=
            while IFS= read -r line; do
                case $line in
                Id=*) unit=${line#*=};;
                LoadState=*) load=${line#*=};;
                MainPID=*) main=${line#*=};;
                OOMScoreAdjust=*) adjust=${line#*=};;
                NeedDaemonReload=*) stale=${line#*=};;
                '')
                    if [ -n "$unit" ]; then choose "$unit"; "$1" || return; fi
                    unit=; load=; main=0; adjust=0; stale=;;
                esac
            done <<END
        $shown

        END
        }
        """

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(Self.words)
            todo=; over=; bare=
            look() {
                guard
                if [ ! -e "$file" ]; then bare="$bare $unit"; return; fi
                if ! is_ours; then todo="$todo, $file has other content"
                elif [ -e "$pending" ] || [ "$stale" = yes ]; then todo="$todo, systemd has not read $file yet"
                elif [ "$load" = loaded ] && [ "$adjust" -gt "$score" ]; then over="$over $unit"
                fi
                for entry in $daemons; do
                    take "$entry" || continue
                    [ "$now" -le "$score" ] || todo="$todo, process ${folder##*/} of $unit has the score $now"
                done
            }
            each_unit look || exit 1
            # shellcheck disable=SC2086
            [ -z "$over" ] || refuse "another drop-in gives OOMScoreAdjust of$over a higher value, and the kernel may kill it: take that out; type here: systemctl cat$over"
            [ -z "$bare" ] || todo="$todo, nothing keeps the kernel from killing$bare when memory runs out"
            [ -z "$todo" ] || needed "${todo#, }"
            satisfied
            """)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        Script(
            """
            \(Self.words)
            \(PreImage.words)
            missing() {
                for unit in \(Self.units); do choose "$unit"; [ -d "${file%/*}" ] || printf '%s\\n' "${file%/*}"; done
            }
            scores() {
                find_daemons
                for entry in $daemons; do main=${entry%%|*}; main=${main##*/}; take "$entry" && echo "$main $started $now"; done
            }
            protect() {
                for entry in $daemons; do
                    if take "$entry" && [ "$now" -gt "$score" ]; then set_score "$folder" "$score" || return; fi
                done
            }
            set -e
            for unit in \(Self.units); do choose "$unit"; guard; done
            keep_output folders missing
            keep_output scores scores
            for unit in \(Self.units); do choose "$unit"; keep "$unit" "$file"; done
            mkdir -p /run/harun; : >"$pending"
            for unit in \(Self.units); do
                choose "$unit"
                mkdir -p "${file%/*}"
                printf %s "$text" >"$file.harun"
                chmod 0644 "$file.harun"
                mv -f "$file.harun" "$file"
            done
            systemctl daemon-reload
            rm -f "$pending"
            each_unit protect
            """)
    }

    /// What runs gets the score back that it had; a daemon that started since, what systemd would start it with now.
    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(Self.words)
            \(PreImage.words)
            restore() {
                for entry in $daemons; do
                    if ! take "$entry" || [ "$now" != "$score" ]; then continue; fi
                    was=$adjust
                    while read -r pid since before; do
                        [ "$pid $since" != "${folder##*/} $started" ] || was=$before
                    done <"$pre/scores"
                    set_score "$folder" "$was" || return
                done
            }
            set -e
            for unit in \(Self.units); do
                choose "$unit"
                kept "$unit" || exit 0
                guard
                if [ -e "$pre/$unit" ]; then
                    cmp -s "$pre/$unit" "$file" || is_ours ||
                        refuse "$file was changed since; its earlier content is in $pre/$unit"
                else
                    [ ! -e "$file" ] || is_ours || refuse "$file was changed since; remove it yourself if it is not needed"
                fi
            done
            for unit in \(Self.units); do choose "$unit"; rm -f "$file.harun"; put_back "$unit" "$file"; done
            while read -r folder; do rmdir "$folder" 2>/dev/null || :; done <"$pre/folders"
            systemctl daemon-reload
            rm -f "$pending"
            each_unit restore
            """)
    }
}
