import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("Bringing files to the disk")
struct DiskSyncTests {
    /// What a script says where the machine's own `sync` only says that it was called.
    ///
    /// - Parameter isLink: whether that is a link, as uutils' is.
    private func run(isLink: Bool = true, _ script: (String) -> String) throws -> (code: UInt8, output: String) {
        try Tool.withFolder { folder in
            try Tool.replace("sync", in: folder, with: "echo \"called $*\"; exit 3")
            try Data("x".utf8).write(to: folder.appending(path: "-file"))
            let path = ["PATH": "\(folder.path)/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
            let place = "\(folder.path)/\(isLink ? "link" : "bin/sync")"
            return try shell(
                """
                cd \(folder.path) && ln -s bin/sync link || exit 99
                \(DiskSync.function.replacing("/usr/bin/sync", with: place))
                \(script(folder.path))
                """, environment: path)
        }
    }

    @Test("files and folders alone are, and no other file system is waited for, as with a sync that knows no files")
    func files() throws {
        #expect(try run { "sync -- -file . && sync \($0)/-file \($0) && echo done" } == (0, "done\n"))
    }

    @Test("what cannot be is an error, and the others are all the same")
    func failures() throws {
        // A device that knows no fsync, as a disk that fails.
        let seen = try run { _ in "sync /dev/null gone ." }
        #expect(seen.code == 1)
        #expect(seen.output == "sync: /dev/null: Invalid argument\nsync: gone: No such file or directory\n")
    }

    @Test("without files, and where the machine has GNU's, it is the machine's own")
    func all() throws {
        #expect(try run { _ in "sync" } == (3, "called \n"))
        #expect(try run(isLink: false) { _ in "sync -- -file ." } == (3, "called -- -file .\n"))
    }
}
