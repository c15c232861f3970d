import Crypto
import Foundation
import Journaling

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
            let holder = Self.text(path)
            close(opened)
            throw Console.failure(
                "another run works on \(inventory): \(holder)",
                next: "wait for it, or see how far it is: harun runs", .locked)
        }
        let text = Self.text(of: nil)
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

    /// Notes which run it is held for, so that whoever finds it held can name that; the caller holds it.
    static func note(_ run: RunID, of inventory: String) {
        let opened = open(path(for: inventory), O_WRONLY | O_CLOEXEC)
        guard opened >= 0 else { return }
        defer { close(opened) }
        let text = text(of: run)
        ftruncate(opened, 0)
        _ = text.withCString { write(opened, $0, strlen($0)) }
    }

    private static func text(of run: RunID?) -> String {
        "process \(getpid()), since \(Date.now.formatted(.iso8601))" + (run.map { ", run \($0)" } ?? "") + "\n"
    }

    /// Which process on this machine works on an inventory right now, and on which run; nil where none does.
    static func holder(of inventory: String) -> String? {
        let path = path(for: inventory)
        let opened = open(path, O_RDONLY | O_CLOEXEC)
        guard opened >= 0 else { return nil }
        defer { close(opened) }
        guard flock(opened, LOCK_SH | LOCK_NB) != 0 else { return nil }
        return Self.text(path)
    }

    /// Whether a process on this machine works on this run right now, as far as it has said on which.
    static func isHeld(of inventory: String, for run: RunID) -> Bool {
        guard let holder = holder(of: inventory) else { return false }
        return holder.hasSuffix(", run \(run)") || !holder.contains(", run ")
    }

    private static func text(_ path: String) -> String {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.isEmpty ? "another process" : text.trimmingCharacters(in: .newlines)
    }

    private static func path(for inventory: String) -> String {
        let key = LoadedInventory.key(of: inventory)
        let digest = SHA256.hash(data: Array(key.utf8)).prefix(8).map { String($0, radix: 16) }.joined()
        return "\(StateFolder.path)/locks/\(digest).lock"
    }

    deinit { close(descriptor) }
}
