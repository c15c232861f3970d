import TestSupport

/// A disk of a few megabytes, which can be full without any other being so.
final class SmallDisk: Sendable {
    private let folder: TemporaryDirectory
    var path: String { folder.path }

    init() throws {
        folder = try TemporaryDirectory()
        try ChildProcess.run(["/usr/bin/mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", folder.path])
    }

    /// Somebody clears up.
    func free() throws { try ChildProcess.run(["/bin/rm", "-f", "--", path + "/filler"]) }

    deinit { try? ChildProcess.run(["/usr/bin/umount", "--lazy", path]) }
}
