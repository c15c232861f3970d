import Foundation
import TestSupport
import Testing

/// Copies that are cut, by the network and by the operator, and what goes on afterwards.
@Suite("copies that are cut", .serialized)
struct CopyInterruptionTests {
    private let site: CopySite
    private let server: OpenSSHServer
    /// Where the node's side is.
    private let folder: String

    init() throws {
        site = try CopySite(servers: 1, isSlow: true)
        server = site.servers[0]
        folder = site.servers[0].directory.file("it's a folder")
        mkdir(folder, 0o755)
    }

    @Test("a connection lost in the middle leaves the old file, and the next line goes on where it was")
    func lost() throws {
        let bytes = try site.file("file", 24 << 20)
        try "old".write(toFile: "\(folder)/file", atomically: true, encoding: .utf8)
        let running = try site.program.start("copy", "file", "servers.toml:\(folder)/")
        #expect(site.waits(forPartIn: folder, bytes: 1 << 20), "\(running.err)")
        server.killConnections()
        let end = running.wait()
        #expect(end.code == 1, "\(end.err)")
        let part = try #require(site.part(in: folder))
        #expect(end.err.contains("s1 ! error: the connection was lost during the upload"), "\(end.err)")
        #expect(end.err.contains("anything that had arrived lies on the node in \(part)"), "\(end.err)")
        #expect(end.err.contains("1 node: 1 cut (s1)"), "\(end.err)")
        #expect(site.content("\(folder)/file") == Data("old".utf8))
        let again = try site.typeNext(of: end.err)
        #expect(again.code == 0, "\(again.err)")
        #expect(again.out.contains(" of it was there"), "\(again.out)")
        #expect(site.content("\(folder)/file") == bytes)
        #expect(site.part(in: folder) == nil)
    }

    @Test("so does one that comes from a node, to the same place by another spelling too")
    func lostBack() throws {
        let bytes = try site.file("file", 4 << 20)
        rename("\(site.program.path)/file", "\(folder)/file")
        let running = try site.program.start("copy", "servers.toml:\(folder)/file", "back/", "--output", "json")
        let place = "\(site.program.path)/back/s1"
        #expect(site.waits(forPartIn: place, bytes: 1 << 18), "\(running.err)")
        server.killConnections()
        let end = running.wait()
        #expect(end.code == 1, "\(end.err)")
        let cut = try #require(try site.objects(end.out)["s1"])
        #expect(cut["outcome"] as? String == "cut")
        let part = try #require(site.part(in: place))
        #expect((cut["error"] as? String)?.contains("what had arrived lies here in \(part)") == true, "\(cut)")
        #expect(site.content("\(place)/file") == nil)
        let next = try #require(cut["next"] as? String)
        let again = try site.program.shell("\(next.replacing(" back/", with: " ./back//")) --output json")
        #expect(again.code == 0, "\(again.err)")
        #expect((try site.objects(again.out)["s1"]?["resumed"] as? Int ?? 0) > 0, "\(again.out)")
        #expect(site.content("\(place)/file") == bytes)
        #expect(site.part(in: place) == nil)
    }

    @Test("Ctrl-C at a terminal ends with 130, tells what stays, and shows how far it was")
    func terminal() throws {
        _ = try site.file("file", 64 << 20)
        let terminal = try TerminalSession(controlled: site.program, "copy", "file", "servers.toml:\(folder)/file")
        #expect(terminal.waits(for: " of 64.0 MiB, "), "\(terminal.seen)")
        #expect(terminal.seen.contains("waiting for 1 of 1 nodes, "))
        terminal.type("\u{3}")
        #expect(terminal.wait() == 130, "\(terminal.seen)")
        #expect(terminal.seen.contains("stopping; what arrived stays for the next copy"), "\(terminal.seen)")
        #expect(terminal.seen.contains("1 node: 1 stopped (s1)"), "\(terminal.seen)")
        let part = try #require(site.part(in: folder))
        #expect(terminal.seen.contains("lies on the node in \(part)"), "\(terminal.seen)")
        #expect(site.content("\(folder)/file") == nil)
        #expect(terminal.seen.contains("next:  harun copy file "), "\(terminal.seen)")
    }

    @Test("a signal stops copies from nodes, those not begun never begin, and standard error has no progress")
    func signal() throws {
        _ = try site.file("file", 16 << 20)
        try site.program.write(
            "two.toml",
            site.inventory()
                + site.inventory().replacing("\"s1\"", with: "\"s2\"").replacing("127.0.0.1", with: "127.0.0.2"))
        let running = try site.program.start(
            "copy", "two.toml:\(site.program.path)/file", "back/", "--concurrency", "1", "--output", "json")
        let place = "\(site.program.path)/back/s1"
        #expect(site.waits(forPartIn: place, bytes: 1 << 18), "\(running.err)")
        running.signal(SIGTERM)
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        let objects = try site.objects(end.out)
        #expect(objects["s1"]?["outcome"] as? String == "stopped", "\(end.out)")
        #expect(objects["s2"]?["outcome"] as? String == "cancelled", "\(end.out)")
        #expect(!end.err.contains("waiting for") && !end.err.contains("\u{1B}"), "\(end.err)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: place).count == 1)
        #expect(!FileManager.default.fileExists(atPath: "\(site.program.path)/back/s2"))
    }

    @Test("a second signal does not wait, and nothing half has the file's name")
    func twice() throws {
        _ = try site.file("file", 64 << 20)
        let running = try site.program.start("copy", "file", "servers.toml:\(folder)/file")
        #expect(site.waits(forPartIn: folder, bytes: 1), "\(running.err)")
        // What would be waited for does not come.
        server.freezeConnections()
        running.signal(SIGINT)
        #expect(running.waits(for: "once more to stop at once"))
        running.signal(SIGINT)
        let end = running.wait()
        #expect(end.code == 130, "\(end.err)")
        #expect(site.content("\(folder)/file") == nil)
    }
}
