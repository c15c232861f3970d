import Glibc
import Synchronization

/// Who may write a file besides its owner, judged as Debian's OpenSSH does.
///
/// OpenSSH itself refuses whatever a group may write. Debian gives every user a group of their own and the umask
/// 002, so its OpenSSH reads a file whose group has nobody but its owner; and so do those who derive from it.
struct FileWriters {
    /// One line of the users' list.
    struct User {
        var name: String
        var uid: uid_t
        var gid: gid_t
    }

    /// All users of the machine.
    var users: @Sendable () -> [User]
    /// The names that a group lists; nil where there is no such group.
    var members: @Sendable (gid_t) -> [String]?

    /// Whether somebody else than root and `reader` may write the file.
    func areOthers(than reader: uid_t, owner: uid_t, group: gid_t, mode: mode_t) -> Bool {
        if owner != 0, owner != reader { return true }
        if mode & 0o002 != 0 { return true }
        if mode & 0o020 == 0 { return false }
        guard let listed = members(group) else { return true }
        let users = users()
        let primary = users.filter { $0.gid == group }
        guard primary.allSatisfy({ $0.uid == reader }), listed.count <= 1 else { return true }
        guard let name = listed.first else { return primary.isEmpty }
        return users.first { $0.uid == owner }?.name != name
    }

    /// This machine.
    static let live = FileWriters(
        users: {
            // One enumeration at a time: the C library keeps its place for the whole process.
            enumeration.withLock { _ in
                var users: [User] = []
                setpwent()
                while let entry = getpwent()?.pointee {
                    users.append(User(name: String(cString: entry.pw_name), uid: entry.pw_uid, gid: entry.pw_gid))
                }
                endpwent()
                return users
            }
        },
        members: { group in
            enumeration.withLock { _ in
                guard let entry = getgrgid(group)?.pointee else { return nil }
                var names: [String] = []
                while let name = entry.gr_mem[names.count] { names.append(String(cString: name)) }
                return names
            }
        })

    private static let enumeration = Mutex(())
}
