import Foundation
import TestSupport

/// A real sshd on loopback as a node for the built program, with everything that harun keeps on a node in a
/// folder of the test's own.
///
/// Each command goes through a forced command that puts that folder in place of the machine's, as the
/// simulated fleet does; `systemd-run` is that fleet's too.
final class LoopbackNode {
    let server: OpenSSHServer
    let units: SimulatedUnits
    private let folder: TemporaryDirectory
    private let user: TestUser?

    /// - Parameter user: who logs in, and becomes root by sudo, which clears the environment; root where nobody is given.
    init(address: String = "127.0.0.1", user: TestUser? = nil) throws {
        self.user = user
        let folder = try TemporaryDirectory()
        units = try SimulatedUnits(in: folder.file("bin"))
        try units.boot(folder.file("root"))
        let root = folder.file("root")
        let place = try folder.write(
            "place",
            """
            #!/bin/sh
            export NODE_ROOT=\(root) NODE_NAME=web1 PATH=\(units.folder):/usr/bin:/bin
            exec sh -c "$(printf %s "$SSH_ORIGINAL_COMMAND" | sed -e 's#/var/lib/harun#\(root)&#g' -e 's#/run/harun#\(root)&#g' \\
                -e 's#PATH=/usr/local#PATH=\(units.folder):/usr/local#g' \\
                -e 's#/proc/sys/kernel/random/boot_id#\(root)/boot_id#g')"

            """, mode: 0o755)
        server = try OpenSSHServer(address: address, extraConfig: ["ForceCommand \(place)"])
        self.folder = folder
        if user != nil { chmod(folder.path, 0o755) }
    }

    /// Where the node's files are.
    var root: String { folder.file("root") }

    deinit { units.endAll() }

    /// The inventory with this node alone.
    var inventory: String {
        """
        [ssh]
        port = \(server.port)
        identity = "\(server.identity)"
        known_hosts = "\(server.directory.file("known_hosts"))"
        \(user.map { "user = \"\($0.name)\"" } ?? "")
        [[node]]
        name = "web1"
        address = "\(server.address)"

        """
    }

    /// Its part of an inventory with several such nodes.
    func section(_ name: String) -> String {
        """
        [[node]]
        name = "\(name)"
        address = "\(server.address)"
        port = \(server.port)
        identity = "\(server.identity)"
        known_hosts = "\(server.directory.file("known_hosts"))"

        """
    }

    /// The lines of a file in the node's folder.
    func lines(_ name: String) -> [String] {
        String(decoding: folder.read("root/" + name), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Whether a file is there.
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: folder.file("root/" + name)) }

    /// Makes an empty file.
    func touch(_ name: String) throws { try folder.write("root/" + name, "") }

    /// Takes a file away.
    func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: folder.file("root/" + name)) }

    /// Waits until a file is there whose path holds these words; false after two minutes.
    func waits(forPathWith words: String) -> Bool {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder.file("root"))) ?? []
            if paths.contains(where: { $0.contains(words) }) { return true }
            usleep(5_000)
        }
        return false
    }

    /// Waits until a file is there; false after two minutes.
    func waits(for name: String) -> Bool {
        let deadline = ContinuousClock.now + .seconds(120)
        while ContinuousClock.now < deadline {
            if has(name) { return true }
            usleep(5_000)
        }
        return false
    }
}
