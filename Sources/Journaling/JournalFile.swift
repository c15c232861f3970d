import Foundation
import GRDB

/// Opens the journal's file: permissions, the schema, and everything that would make it unfit to be trusted.
enum JournalFile {
    /// Files up to this many bytes are checked page by page when they are opened: that takes milliseconds.
    private static let checkedSize = 4 << 20

    /// Opens the file and makes it where there is none, with permissions 0600 in a folder of 0700.
    ///
    /// One process at a time, so that two that start at once do not make the same tables.
    static func open(_ path: String) throws -> DatabaseQueue {
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return try locked(folder) {
            try makePrivate(path)
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try database.read { database in
                if try Journal.migrator.hasBeenSuperseded(database) { throw JournalFlaw.newer }
            }
            try check(database, size: size(of: path))
            try Journal.migrator.migrate(database)
            return database
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        return configuration
    }

    /// Holds the folder itself locked: SQLite's own locks lie on its files and would be dropped with ours.
    private static func locked<T>(_ folder: String, _ body: () throws -> T) throws -> T {
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        }
        return try body()
    }

    /// Makes the file where there is none, and takes away what others may do with it and its companions.
    private static func makePrivate(_ path: String) throws {
        let files = FileManager.default
        if !files.fileExists(atPath: path) {
            guard files.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
                throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
            }
        }
        for file in [path, path + "-wal", path + "-shm"] where files.fileExists(atPath: file) {
            let mode = try files.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            if mode != 0o600 { try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file) }
        }
    }

    private static func check(_ database: DatabaseQueue, size: Int) throws {
        guard size > 0, size <= checkedSize else { return }
        let finding = try database.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
        if let finding, finding != "ok" { throw JournalFlaw.damaged(finding) }
    }

    private static func size(of path: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
    }
}
