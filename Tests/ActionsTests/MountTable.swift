import Foundation

/// Keeps tests that mount something and tests that make a mount namespace apart.
///
/// A new namespace holds a copy of every mount there is, and keeps the file systems in use for as long as it lives: what
/// another test unmounts meanwhile is still mounted for the kernel, and still marked as in use on the disk.
enum MountTable: Int {
    /// Mounts something where every process sees it.
    case changes = 0
    /// Makes a namespace of its own.
    case copies = 1

    private static let condition = NSCondition()
    nonisolated(unsafe) private static var users = [0, 0]

    /// Waits until nobody uses the table the other way.
    func during<T>(_ body: () throws -> T) rethrows -> T {
        Self.condition.withLock {
            while Self.users[1 - rawValue] > 0 { Self.condition.wait() }
            Self.users[rawValue] += 1
        }
        defer {
            Self.condition.withLock {
                Self.users[rawValue] -= 1
                Self.condition.broadcast()
            }
        }
        return try body()
    }
}
