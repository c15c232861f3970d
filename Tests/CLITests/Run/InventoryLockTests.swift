import Foundation
import TestSupport
import Testing

/// Two processes of one machine and one inventory.
@Suite("The lock of an inventory")
struct InventoryLockTests {
    private let site: Site

    /// The inventory is also `elsewhere/inventory.toml`, a link.
    init() throws {
        site = try Site()
        try site.program.write("elsewhere/note", "")
        try FileManager.default.createSymbolicLink(
            atPath: site.program.path + "/elsewhere/inventory.toml", withDestinationPath: "../inventory.toml")
    }

    @Test("a second run is told who holds the inventory, by any of its names, and runs shows the first as running")
    func second() throws {
        let first = try site.program.start("run", "site", "inventory.toml", "--yes", "--output", "plain")
        #expect(site.node.waits(for: "started"), "\(first.err)")
        for name in ["inventory.toml", "elsewhere/inventory.toml"] {
            let second = try site.program.run("run", "site", name, "--yes")
            #expect(second.code == 75)
            #expect(second.err.contains("inventory.toml: process \(first.id), since 20"), "\(second.err)")
            #expect(second.err.contains("harun runs"), "\(second.err)")
        }
        #expect(try site.program.run("runs").out.contains("no end: running"))
        try site.node.touch("go")
        #expect(first.wait().code == 0, "\(first.err)")
        #expect(site.node.lines("log") == ["a", "b"])
    }

    @Test("a run that was begun by one name is gone on with by another, by the paths of the first")
    func link() throws {
        let first = try site.program.start("run", "site", "elsewhere/inventory.toml", "--yes", "--output", "plain")
        #expect(site.node.waits(for: "started"), "\(first.err)")
        first.signal(SIGKILL)
        _ = first.wait()
        try site.node.touch("go")
        let again = try site.run()
        #expect(again.code == 0, "\(again.err)")
        #expect(again.err.contains("going on with it"), "\(again.err)")
        #expect(try site.runs().map(\.result) == ["done"])
    }

    @Test("a look at the lock that lasts for a moment keeps nobody from beginning")
    func moment() throws {
        try site.node.touch("go")
        #expect(try site.run().code == 0)
        let folder = site.program.path + "/state/locks"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
        let lock = open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
        defer { close(lock) }
        #expect(flock(lock, LOCK_SH | LOCK_NB) == 0)
        let second = try site.program.start("run", "site", "inventory.toml", "--yes", "--output", "plain")
        #expect(second.waitsToOpen("\(folder)/\(name)"), "\(second.err)")
        #expect(flock(lock, LOCK_UN) == 0)
        let end = second.wait()
        #expect(end.code == 0, "\(end.err)")
    }
}
