import Crypto
import Foundation

/// Keeps two runs on this machine from working on one inventory.
///
/// A `flock`, so that a killed run leaves no stale lock behind.
struct InventoryLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock.
    ///
    /// - Parameter inventory: the inventory's absolute path, by any of its names.
    /// - Throws: an exit with code 75 that names the holder.
    init(inventory: String) throws {
        let path = Self.path(for: inventory)
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard opened >= 0 else {
            throw Console.failure("cannot open \(path): \(String(cString: strerror(errno)))", .locked)
        }
        guard Self.take(opened) else {
            let holder = (try? String(contentsOfFile: path, encoding: .utf8)) ?? "another process"
            close(opened)
            throw Console.failure(
                "another run works on \(inventory): \(holder.trimmingCharacters(in: .newlines))",
                next: "wait for it, or see how far it is: harun runs", .locked)
        }
        let text = "process \(getpid()), since \(Date.now.formatted(.iso8601))\n"
        ftruncate(opened, 0)
        _ = text.withCString { write(opened, $0, strlen($0)) }
        descriptor = opened
    }

    /// Takes the lock, perhaps at the second go: whoever lists the runs holds it for a moment too.
    private static func take(_ opened: Int32) -> Bool {
        let deadline = ContinuousClock.now + .seconds(2)
        while flock(opened, LOCK_EX | LOCK_NB) != 0 {
            if ContinuousClock.now >= deadline { return false }
            usleep(20_000)
        }
        return true
    }

    /// Whether a process on this machine works on an inventory right now.
    static func isHeld(inventory: String) -> Bool {
        let opened = open(path(for: inventory), O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { return false }
        defer { close(opened) }
        return flock(opened, LOCK_SH | LOCK_NB) != 0
    }

    private static func path(for inventory: String) -> String {
        let key = LoadedInventory.key(of: inventory)
        let digest = SHA256.hash(data: Array(key.utf8)).prefix(8).map { String($0, radix: 16) }.joined()
        return "\(StateFolder.path)/locks/\(digest).lock"
    }

    deinit { close(descriptor) }
}
