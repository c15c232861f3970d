import Foundation
package import Transport

/// A stand-in for systemd on simulated nodes: the program `systemd-run`, put before the machine's own.
///
/// It starts what it is given in a session of its own, without the caller's environment, and refuses a second
/// unit of the same name while the first one runs. That is all harun asks of systemd.
package final class SimulatedUnits: Sendable {
    /// Where the program is, for `PATH`.
    package let folder: String

    /// - Parameter folder: made where it is not there.
    package init(in folder: String) throws {
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/systemd-run"
        if FileManager.default.isExecutableFile(atPath: path) { return }
        // Whole from its first moment on, since whoever writes it may be killed in the middle.
        let new = "\(path).\(UUID().uuidString)"
        try TemporaryDirectory.write(Array(Self.program.utf8), to: new, mode: 0o755)
        guard rename(new, path) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }

    /// What a node's scripts find in their environment.
    package func environment(of node: NodeName, in root: String) -> [String: String] {
        ["NODE_ROOT": root, "NODE_NAME": node.text, "PATH": folder]
    }

    /// Gives a node's folder a new boot id, and makes the folder where it is not there.
    package func boot(_ root: String) throws {
        try FileManager.default.createDirectory(atPath: root + "/run", withIntermediateDirectories: true)
        try Data((UUID().uuidString.lowercased() + "\n").utf8).write(to: URL(fileURLWithPath: root + "/boot_id"))
    }

    /// Kills every unit that runs, of one node or of all, with everything that it started.
    package func endAll(on node: NodeName? = nil) {
        for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where file.hasSuffix(".pid") {
            if let node, !file.hasPrefix("\(node)@") { continue }
            guard let text = try? String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8),
                let session = pid_t(text.trimmingCharacters(in: .whitespacesAndNewlines))
            else { continue }
            kill(-session, SIGKILL)
            try? FileManager.default.removeItem(atPath: "\(folder)/\(file)")
        }
    }

    /// The names of all units that were ever asked for, in that order, each as often as it was.
    package var requests: [String] {
        let text = try? String(contentsOfFile: folder + "/requests", encoding: .utf8)
        return (text ?? "").split(separator: "\n").map(String.init)
    }

    private static let program = """
        #!/bin/sh
        units=${0%/*}; unit=
        while :; do
            case $1 in
            --unit=*) unit=${1#--unit=};;
            -*) ;;
            *) break;;
            esac
            shift
        done
        [ ! -e "$NODE_ROOT/no-systemd" ] || { echo 'System has not been booted with systemd as init system' >&2; exit 1; }
        echo "$unit" >>"$units/requests"
        file=$units/$NODE_NAME@$unit.pid
        reply=$units/$$.reply
        # From here on the request is on its way, also where whoever made it is killed. The program is a child of
        # the session's leader, which stays to bury it, as systemd would.
        env -i NODE_ROOT="$NODE_ROOT" NODE_NAME="$NODE_NAME" PATH=/usr/bin:/bin setsid sh -c '
            exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
            file=$1; reply=$2; shift 2
            if ! ( set -C; echo $$ >"$file" ) 2>/dev/null; then echo no >"$reply"; exit; fi
            # Whatever becomes of the test, nothing of it stays for longer than this.
            ( sleep 600; rm -f "$file"; kill -s KILL 0 ) &
            "$@" &
            echo yes >"$reply"
            wait $!; rm -f "$file"; kill -s KILL 0
        ' sh "$file" "$reply" "$@" </dev/null >/dev/null 2>&1 &
        until [ -s "$reply" ]; do sleep 0.01; done
        read -r answer <"$reply"; rm -f "$reply"
        [ "$answer" = yes ] || {
            echo "Failed to start transient service unit: Unit $unit was already loaded or has a fragment file." >&2
            exit 1
        }
        exit 0

        """
}
