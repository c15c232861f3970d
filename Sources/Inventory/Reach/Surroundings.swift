import Glibc
package import SSHConfig
import Settings

/// What the reading of an inventory may know of the operator's machine.
///
/// Handed in, so that tests read inventories without a home folder of their own, and so that it is
/// plain in one place what a mere `check` looks at.
package struct Surroundings: Sendable {
    /// The operator's home folder, for `~`.
    package var home: String
    /// The absolute folder of the inventory file, for relative paths.
    package var directory: String
    /// The permission bits of a file, nil where there is none.
    package var mode: @Sendable (_ path: String) -> UInt16?
    /// How the operator's own `ssh` reaches hosts.
    package var sshConfig: ClientConfig

    /// - Parameter sshConfig: nil for a machine without any.
    package init(
        home: String, directory: String, sshConfig: ClientConfig? = nil,
        mode: @escaping @Sendable (_ path: String) -> UInt16?
    ) {
        self.home = home
        self.directory = directory
        self.mode = mode
        self.sshConfig = sshConfig ?? .empty(ConfigFiles(home: home, read: { _ in nil }, glob: { _ in [] }))
    }

    /// This machine, for an inventory file at a path.
    package static func live(inventory path: String) -> Surroundings {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        let working = getcwd(nil, 0).map { pointer in
            defer { free(pointer) }
            return String(cString: pointer)
        }
        let base = path.hasPrefix("/") ? "" : (working ?? "") + "/"
        let home = liveHome
        return Surroundings(home: home, directory: normalized(base + folder), sshConfig: .live(home: home)) { path in
            var status = stat()
            return stat(path, &status) == 0 ? UInt16(truncatingIfNeeded: status.st_mode & 0o7777) : nil
        }
    }

    private static var liveHome: String {
        if let home = getenv("HOME").map({ String(cString: $0) }), home.hasPrefix("/") { return home }
        return getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) } ?? "/root"
    }

    /// The absolute path that a path in the inventory means.
    func resolve(_ path: String) throws(InvalidValue) -> String {
        if path.isEmpty { throw InvalidValue("a path must not be empty") }
        if path == "~" || path.hasPrefix("~/") { return Self.normalized(home + path.dropFirst()) }
        if path.hasPrefix("~") { throw InvalidValue("\"\(path)\": only `~/` is understood, not another user's home") }
        return Self.normalized(path.hasPrefix("/") ? path : directory + "/" + path)
    }

    /// Drops `.` and doubled slashes; `..` stays, since behind a symbolic link it means something else.
    private static func normalized(_ path: String) -> String {
        "/" + path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
    }
}
