import Foundation
import TestSupport
import Testing

/// `harun copy` as people and scripts use it: the built program against real servers on loopback.
@Suite("copy", .serialized)
struct CopyTests {
    private static let odd = "it's \"odd\" $x `y`.bin"

    @Test("a file with any name goes to every node, with the permissions it has here")
    func toMany() throws {
        let site = try CopySite(nodes: 3)
        let bytes = try site.file(Self.odd, 300_000, mode: 0o4751)
        let result = try site.program.run("copy", Self.odd, "nodes.toml:/var/lib/harun/", "--output", "plain")
        #expect(result.code == 0, "\(result.err)")
        #expect(result.err.isEmpty)
        let lines = result.out.split(separator: "\n").sorted()
        try #require(lines.count == 3)
        for (index, place) in site.places.enumerated() {
            #expect(lines[index].hasPrefix("n\(index + 1) | /var/lib/harun/\(Self.odd): 293.0 KiB in "))
            #expect(site.content("\(place)/\(Self.odd)") == bytes)
            // Rights of the owner here are not lent to the owner there.
            #expect(site.mode("\(place)/\(Self.odd)") == 0o751)
            #expect(site.part(in: place) == nil)
        }
    }

    @Test("mode and owner are those that are asked for, an older file is replaced, and so is a link")
    func modeAndOwner() throws {
        let site = try CopySite(servers: 1)
        let folder = site.servers[0].directory
        let bytes = try site.file("file", 1000)
        try folder.write("old", "old")
        symlink(folder.file("old"), folder.file("link"))
        let result = try site.program.run(
            "copy", "file", "servers.toml:\(folder.file("link"))", "--mode", "4640", "--owner", "1:2")
        #expect(result.code == 0, "\(result.err)")
        #expect(site.content(folder.file("link")) == bytes)
        #expect(site.content(folder.file("old")) == Data("old".utf8))
        var status = stat()
        #expect(lstat(folder.file("link"), &status) == 0)
        #expect(status.st_mode == S_IFREG | 0o4640 && status.st_uid == 1 && status.st_gid == 2)
    }

    @Test("what comes from nodes lies in a folder of each, or is one file of one")
    func fromMany() throws {
        let site = try CopySite(servers: 3)
        let source = "\(site.program.path)/\(Self.odd)"
        let bytes = try site.file(Self.odd, 3_000_001)
        let many = try site.program.run("copy", "servers.toml:\(source)", "new/logs/")
        #expect(many.code == 0, "\(many.err)")
        for name in ["s1", "s2", "s3"] {
            #expect(site.content("new/logs/\(name)/\(Self.odd)") == bytes)
            #expect(site.mode("new/logs/\(name)/\(Self.odd)") == 0o600)
            #expect(site.part(in: "\(site.program.path)/new/logs/\(name)") == nil)
        }
        // The folder is there now, and one node has its place in it all the same.
        let one = try site.program.run("copy", "servers.toml:\(source)", "new", "--on", "s2")
        #expect(one.code == 0, "\(one.err)")
        #expect(site.content("new/s2/\(Self.odd)") == bytes)
        let file = try site.program.run("copy", "servers.toml:\(source)", "-back", "--on", "s2")
        #expect(file.code == 64)
        let single = try site.program.run("copy", "servers.toml:\(source)", "./-back", "--on", "s2")
        #expect(single.code == 0, "\(single.err)")
        #expect(site.content("-back") == bytes)
        #expect(site.mode("-back") == 0o600)
    }

    @Test("several nodes do not meet in one file, and the next line says where they go")
    func severalIntoOne() throws {
        let site = try CopySite(servers: 2)
        _ = try site.file("a file", 10)
        let result = try site.program.run("copy", "servers.toml:\(site.program.path)/a file", "it's here")
        #expect(result.code == 64)
        #expect(result.err.contains("it's here is one file, and 2 nodes have one each"), "\(result.err)")
        #expect(try site.typeNext(of: result.err).code == 0)
        #expect(site.content("it's here/s1/a file") != nil)
        #expect(site.content("it's here/s2/a file") != nil)
    }

    @Test("one object a node, with what is proved of its file or what went wrong")
    func json() throws {
        let site = try CopySite(servers: 2)
        try site.program.write("dead.toml", site.inventory(dead: 2))
        _ = try site.file("file", 5000)
        let path = "\(site.program.path)/file"
        let result = try site.program.run("copy", "dead.toml:\(path)", "out/", "--output", "json")
        #expect(result.code == 1)
        #expect(result.err.isEmpty, "\(result.err)")
        let objects = try site.objects(result.out)
        let good = try #require(objects["s1"])
        #expect(
            Set(good.keys) == ["node", "outcome", "path", "file", "bytes", "sha256", "resumed", "seconds"])
        #expect(good["outcome"] as? String == "copied")
        #expect(good["path"] as? String == path)
        #expect(good["file"] as? String == "out/s1/file")
        #expect(good["bytes"] as? Int == 5000 && good["resumed"] as? Int == 0)
        let sum = try site.program.shell("sha256sum <file").out.prefix(64)
        #expect(good["sha256"] as? String == String(sum))
        let bad = try #require(objects["s2"])
        #expect(Set(bad.keys) == ["node", "outcome", "path", "file", "seconds", "error", "next"])
        #expect(bad["outcome"] as? String == "unreachable")
        #expect((bad["next"] as? String)?.contains("ssh -p 9 127.0.0.2 true") == true, "\(bad)")
        #expect(!FileManager.default.fileExists(atPath: "\(site.program.path)/out/s2"))
        let lost = try site.program.run("copy", "servers.toml:\(path).none", "none/", "--output", "json")
        #expect(try site.objects(lost.out)["s1"]?["outcome"] as? String == "failed")
        #expect(!FileManager.default.fileExists(atPath: "\(site.program.path)/none"))
    }

    @Test("a node that fails is told with its cause and a line to type, and the others have the file")
    func failing() throws {
        let site = try CopySite(nodes: 3)
        let bytes = try site.file("file", 1000)
        for number in [0, 2] { mkdir("\(site.places[number])/a b", 0o755) }
        let arguments = ["copy", "file", "nodes.toml:/var/lib/harun/a b/it's", "--output", "plain"]
        let result = try site.program.run(arguments)
        #expect(result.code == 1)
        #expect(
            result.err.contains("n2 ! error: cannot write /var/lib/harun/a b/it's: No such folder"), "\(result.err)")
        #expect(result.err.contains("3 nodes: 2 copied · 1 failed (n2)"), "\(result.err)")
        #expect(site.content("\(site.places[2])/a b/it's") == bytes)
        #expect(result.err.contains("next:  harun exec nodes.toml --on n2 -- "), "\(result.err)")
        #expect(try site.typeNext(of: result.err).code == 0)
        let again = try site.program.run(arguments)
        #expect(again.code == 0, "\(again.err)")
        #expect(site.content("\(site.places[1])/a b/it's") == bytes)
    }

    @Test("a folder on the node is not guessed at: the next line puts the file into it")
    func folder() throws {
        let site = try CopySite(servers: 1)
        let folder = site.servers[0].directory.file("it's a folder")
        mkdir(folder, 0o755)
        mkfifo("\(folder)/pipe", 0o600)
        let bytes = try site.file("file", 1000)
        let result = try site.program.run("copy", "file", "servers.toml:\(folder)", "--mode", "600")
        #expect(result.code == 1)
        #expect(result.err.contains("Is a directory"), "\(result.err)")
        let typed = try site.typeNext(of: result.err)
        #expect(typed.code == 0, "\(result.err)\(typed.err)")
        #expect(site.content("\(folder)/file") == bytes)
        #expect(site.mode("\(folder)/file") == 0o600)
        let pipe = try site.program.run("copy", "file", "servers.toml:\(folder)/pipe")
        #expect(pipe.code == 1)
        #expect(pipe.err.contains("Not a regular file"), "\(pipe.err)")
    }

    @Test("a file that changes while it is sent is not passed over")
    func changing() throws {
        let site = try CopySite(nodes: 2)
        _ = try site.file("file", 1000)
        site.nodes[1].server.freeze()
        let running = try site.program.start("copy", "file", "nodes.toml:/var/lib/harun/file", "--concurrency", "1")
        #expect(eventually { running.out.contains("n1 |") }, "\(running.err)")
        _ = try site.file("file", 1000)
        site.nodes[1].server.thaw()
        let end = running.wait()
        #expect(end.code == 1)
        #expect(end.err.contains("error: file changed while it was sent"), "\(end.err)")
        #expect(try site.typeNext(of: end.err).code == 0)
        #expect(site.content("\(site.places[0])/file") == site.content("file"))
    }
}
