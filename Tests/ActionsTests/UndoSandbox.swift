import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// Runs the scripts of an action on files of a folder in place of the system's, with systemd and the cluster
/// played by shell functions, and takes the power away at any of its commands.
struct UndoSandbox {
    private let root: URL
    private let state: URL
    /// Paths that lead into the folder.
    private static let places = ["/etc/", "/var/lib/", "/sys/", "/run/", "/lib/systemd/"]

    /// - Parameter prepare: shell source that makes the system as it was before, in `$R`.
    init(_ folder: URL, prepare: String) throws {
        root = folder.appending(path: "root")
        state = folder.appending(path: "state")
        for place in [root, state] {
            try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        }
        let made = try shell("R=\(root.path)\nmkdir -p $R/etc/systemd/system $R/var/lib $R/active\n\(prepare)")
        #expect(made.code == 0, "\(made.output)")
    }

    /// Each command counts, and the one of the number in `$KILL` is the last.
    private var stubs: String {
        let real = ["cp", "mv", "rm", "mkdir", "chmod", "cmp", "sync", "rmdir", "ln"].map {
            "\($0)() { tick; command \($0) \"$@\"; }"
        }
        let played = ["chown", "corosync", "modprobe", "udevadm", "sbd"].map { "\($0)() { tick; }" }
        return """
            R=\(root.path); HARUN_STATE=\(state.path); COUNT=0
            tick() { COUNT=$((COUNT + 1)); printf x >>\(calls.path); [ "$COUNT" != "$KILL" ] || kill -9 $$; }
            \((real + played).joined(separator: "\n"))
            crm_mon() { for n in 1 2; do echo '<node name="n" online="true" pending="false" unclean="false"'; done
                echo '<current_dc with_quorum="true"'
                [ ! -e $R/resources ] || echo '<resource id="r" resource_agent="ocf:heartbeat:IPaddr2" active="true"'; }
            cibadmin() { return 1; }
            pcs() {
                tick
                case $1 in
                pcsd) echo "accepts" >$R/var/lib/pcsd/pcs_users.conf;;
                host) echo "knows" >$R/var/lib/pcsd/known-hosts;;
                esac
            }
            systemctl() {
                tick
                verb=; now=no; names=
                for word; do
                    case $word in --now) now=yes;; -*|Id,*) ;; *) if [ -z "$verb" ]; then verb=$word; else names="$names $word"; fi;; esac
                done
                for name in $names; do
                    case $name in *.*) ;; *) name=$name.service;; esac
                    link=$R/etc/systemd/system/$name.link
                    case $verb in
                    enable) command ln -sf "/lib/$name" "$link"; [ $now = no ] || : >"$R/active/$name";;
                    disable) command rm -f "$link"; [ $now = no ] || command rm -f "$R/active/$name";;
                    mask) command ln -sf /dev/null "$R/etc/systemd/system/$name";;
                    start)
                        # corosync requires an sbd that is enabled, and without settings that fails.
                        [ -e "$R/active/$name" ] || [ ! -L $R/etc/systemd/system/sbd.service.link ] ||
                            [ -e $R/etc/default/sbd ] || return 1
                        : >"$R/active/$name";;
                    stop) command rm -f "$R/active/$name";;
                    is-active) if [ -e "$R/active/$name" ]; then echo active; else echo inactive; return 3; fi;;
                    is-enabled) if [ -L "$link" ]; then echo enabled; else echo disabled; return 1; fi;;
                    set-default) command ln -sf "/lib/systemd/system/$name" $R/etc/systemd/system/default.target;;
                    show)
                        file=disabled; [ ! -L "$link" ] || file=enabled
                        run=inactive; [ ! -e "$R/active/$name" ] || run=active
                        printf 'Id=%s\\nActiveState=%s\\nUnitFileState=%s\\n' "$name" "$run" "$file"
                        main=$(cat "$R/active/$name" 2>/dev/null) || :
                        printf 'MainPID=%s\\nOOMScoreAdjust=0\\n\\n' "${main:-0}";;
                    esac
                done
                if [ "$verb" = get-default ]; then
                    at=$(readlink $R/etc/systemd/system/default.target) || at=multi-user.target
                    echo "${at##*/}"
                fi
            }
            """
    }

    /// - Parameter call: the number of the command at which the power goes, counted from 1; none for 0.
    func run(_ script: Script?, killing call: Int = 0) throws -> (code: UInt8, output: String) {
        var text = try #require(script).text
        for place in Self.places { text = text.replacing(place, with: "\(root.path)\(place)") }
        text = text.replacing("/proc\(root.path)/sys/", with: "/proc/sys/")
            .replacing("in /proc/[0-9]*", with: "in \(root.path)/proc/[0-9]*")
            .replacing("[ -b \"$LUN\" ] && DEV=$(readlink -f \"$LUN\")", with: "DEV=/dev/sdz")
        try Data().write(to: calls)
        return try shell(
            "KILL=\(call)\n\(stubs)\n\(text)", input: String(decoding: try #require(script).input, as: UTF8.self))
    }

    private var calls: URL { state.deletingLastPathComponent().appending(path: "calls") }

    /// How many commands the last script ran.
    func count() throws -> Int { try Data(contentsOf: calls).count }

    /// Every file, folder and link of the system, with modes and contents; what the next boot forgets is left out.
    func snapshot() throws -> String {
        try shell(
            """
            cd \(root.path) && command rm -rf run && find . -printf '%p %m %y %l\\n' | LC_ALL=C sort
            find . -type f -exec sha256sum {} + | LC_ALL=C sort -k 2
            """
        ).output
    }
}
