import Documents
import Steps
import Testing
import Transport

@testable import Actions

private let wwid = ExampleDisk.wwid
private let planned = ExampleDisk.planned
private let pairs = SeenDisk.allCases.flatMap { first in SeenDisk.allCases.map { (first, $0) } }

@Suite("fs.make decides")
struct FileSystemRulesTests {
    @Test("reservation keys on an empty disk are somebody's, and those on harun's own file system no matter")
    func keys() throws {
        for (seen, isRefused) in [(SeenDisk.blank, true), (.planned, false)] {
            var observations = ExampleDisk.seen(seen, seen)
            observations["nodo2"]?.facts["keys"] = "0xabc"
            let verdicts = try ExampleDisk.make().judge(observations)
            #expect(verdicts.values.allSatisfy { $0.isObstacle == isRefused }, "\(verdicts)")
            #expect((verdicts["nodo2"]?.reason.contains("reservation keys 0xabc") == true) == isRefused)
            #expect(try (ExampleDisk.make().apply("nodo1", observations) == nil))
        }
    }

    @Test("of all pairs of states, two blank disks alone are formatted", arguments: pairs)
    private func formats(first: SeenDisk, second: SeenDisk) throws {
        let action = try ExampleDisk.make()
        let observations = ExampleDisk.seen(first, second)
        let script = action.apply("nodo1", observations)
        #expect((script != nil) == (first == .blank && second == .blank))
        #expect(action.apply("nodo2", observations) == nil)
        let verdicts = action.judge(observations)
        #expect(Set(verdicts.keys) == ["nodo1", "nodo2"])
        let ours: Set<SeenDisk> = [.planned, .mountedPlanned]
        // Another file system that carries this cluster's mark is its own too, but never the same as the planned one.
        let isDone =
            ours.contains(first) && ours.contains(second) && Set([first, second]) != [.mountedPlanned]
            || Set([first, second]) == [.otherExt4]
        #expect(verdicts.values.allSatisfy { $0 == .satisfied } == isDone)
        let isNeeded = verdicts.values.contains { if case .needed = $0 { true } else { false } }
        let rereads =
            first == .data && [.planned, .mountedPlanned, .otherExt4].contains(second)
            || second == .data && [.planned, .mountedPlanned, .otherExt4].contains(first)
        #expect(isNeeded == (script != nil || rereads))
        if !isDone, !isNeeded {
            #expect(verdicts.values.allSatisfy { $0 != .satisfied }, "one refusal holds all nodes up")
        }
    }

    @Test("with format = \"never\" nothing is ever formatted, and any ext4 that all see will do", arguments: pairs)
    private func never(first: SeenDisk, second: SeenDisk) throws {
        let same: Set<Set<SeenDisk>> = [[.planned], [.planned, .mountedPlanned], [.otherExt4]]
        for format in ["never", nil] {
            let action = try ExampleDisk.make(format: format)
            let observations = ExampleDisk.seen(first, second)
            #expect(action.apply("nodo1", observations) == nil)
            let verdicts = action.judge(observations)
            #expect(verdicts.values.allSatisfy { $0 == .satisfied } == same.contains([first, second]))
            #expect(!verdicts.values.contains { if case .needed = $0 { true } else { false } })
        }
    }

    @Test("zeros behind one WWID and a file system behind the other are two disks")
    func twins() throws {
        let why = try ExampleDisk.make().judge(ExampleDisk.seen(.planned, .blank))["nodo2"]?.reason ?? ""
        #expect(why.hasPrefix("not the same disk, although the WWID is"))
    }

    @Test("disks that differ are refused", arguments: ["wwid", "size"])
    func differing(key: String) throws {
        var observations = ExampleDisk.seen(.blank, .blank)
        observations["nodo2"]?.facts[key] = "0x1"
        #expect(try ExampleDisk.make().apply("nodo1", observations) == nil)
        #expect(try ExampleDisk.make().judge(observations)["nodo2"]?.reason.hasPrefix("not the same disk") == true)
    }

    @Test(
        "what a killed mkfs left is formatted again only with harun's own, recent mark on the node that formats",
        arguments: [
            (planned, "10", "nodo1", true), (planned, "999999", "nodo1", false), (planned, "-5", "nodo1", false),
            (planned, "", "nodo1", false), ("another-uuid", "10", "nodo1", false), ("", "", "nodo1", false),
            (planned, "10", "nodo2", false),
        ])
    func interrupted(mark: String, age: String, node: String, expected: Bool) throws {
        for (first, second) in [(SeenDisk.data, SeenDisk.data), (.data, .blank), (.blank, .data)] {
            var observations = ExampleDisk.seen(first, second)
            observations[NodeName(node)]?.facts.merge(["mark": mark, "mark.age": age]) { $1 }
            #expect((try ExampleDisk.make().apply("nodo1", observations) != nil) == expected)
        }
        for other in [
            SeenDisk.otherExt4, .xfs, .partitions, .busy, .unreadable, .absent, .running, .failedProbe, .unproven,
        ] {
            var observations = ExampleDisk.seen(.data, other)
            observations["nodo1"]?.facts.merge(["mark": planned, "mark.age": "10"]) { $1 }
            #expect(try ExampleDisk.make().apply("nodo1", observations) == nil)
        }
    }

    @Test("only the first node ever formats, also where the step names another")
    func formatter() throws {
        #expect(try ExampleDisk.make().apply("nodo2", ExampleDisk.seen(.blank, .blank)) == nil)
        #expect(try ExampleDisk.make().undo("nodo1") == nil)
    }

    @Test("the planned UUID follows from cluster and WWID, however the WWID is written")
    func uuid() {
        let uuid = PlannedUUID(cluster: "ours", wwid: wwid)
        #expect(uuid == PlannedUUID(cluster: "ours", wwid: "0x6001405ABC000000"))
        #expect(uuid != PlannedUUID(cluster: "theirs", wwid: wwid))
        #expect(
            uuid.description.wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/)
                != nil)
        #expect(uuid.label.utf8.count <= 16)
    }

    @Test("reading: a mistyped format is an error and never a default")
    func reading() {
        func messages(_ key: String, _ value: String) -> [String] {
            read(
                FileSystemMake.self,
                ["cluster": .string("ours"), "wwid": .string(wwid), key: .string(value)]
            ).messages
        }
        #expect(messages("format", "force").first?.contains("must be one of \"never\", \"if-empty\"") == true)
        #expect(messages("format", "force:").count == 1)
        #expect(messages("format", "force:<wwid>").count == 1 || messages("format", "force:<wwid>").isEmpty)
        #expect(messages("read_limit", "8 GB").first?.contains("an amount of storage such as \"500GiB\"") == true)
        #expect(messages("filesystem", "xfs").count == 1)
        #expect(messages("formt", "never").first?.contains("did you mean `format`") == true)
        #expect(read(FileSystemMake.self).messages.count == 2)
    }

    @Test("nothing is written over without a proof, and not with one that is older than the sessions")
    func unproven() throws {
        for changes in [
            ["proof": ""], ["proof": "0123 a key"], ["proof.sessions": "boot session1:3"],
            ["sessions": "boot2 session1:4"],
            ["sessions": "boot", "proof.sessions": "boot"],
            ["sessions": "boot session1:", "proof.sessions": "boot session1:"], ["cluster.id": ""],
            ["cluster.id": "another"],
        ] {
            let observations = ExampleDisk.seen(.blank, .blank).with(changes, on: ["nodo2"])
            #expect(try ExampleDisk.make().apply("nodo1", observations) == nil, "\(changes)")
            #expect(try ExampleDisk.make().judge(observations).values.allSatisfy(\.isObstacle), "\(changes)")
        }
    }

    @Test("a disk beyond the limit is refused with both ways on")
    func limit() throws {
        let observations = ExampleDisk.seen(.blank, .blank)
        let small = try ExampleDisk.make(format: "if-empty", [("read_limit", .string("512MiB"))])
        let why = small.judge(observations)["nodo1"]?.reason ?? ""
        #expect(why.contains("the disk has 1 GiB, and no more than 512 MiB are read"))
        #expect(why.contains("read_limit in [storage]") && why.contains("format = \"force:\(wwid)\""))
        #expect(small.apply("nodo1", observations) == nil)
        let script = try #require(ExampleDisk.make().apply("nodo1", observations))
        #expect(script.isLong && script.timeout == DiskScan.limit(bytes: 1 << 30))
    }

    @Test("force is for that one disk, and takes data without a signature only")
    func force() throws {
        let force = try ExampleDisk.make(format: "force:\(wwid)")
        let other = try ExampleDisk.make(format: "force:0x6001405def000000")
        for seen in SeenDisk.allCases where ![.planned, .mountedPlanned].contains(seen) {
            let observations = ExampleDisk.seen(seen, seen)
            #expect((force.apply("nodo1", observations) != nil) == [.blank, .data].contains(seen), "\(seen)")
            #expect(other.apply("nodo1", observations) == nil, "\(seen)")
        }
        #expect(force.judge(ExampleDisk.seen(.planned, .planned)).values.allSatisfy { $0 == .satisfied })
        for changes in [["keys": "0xabc"], ["proof": ""]] {
            #expect(force.apply("nodo1", ExampleDisk.seen(.data, .data).with(changes, on: ["nodo2"])) == nil)
        }
    }

    @Test("its scripts stay as they are")
    func golden() throws {
        try GoldenScripts.expect(ExampleDisk.make(), ExampleDisk.seen(.blank, .blank))
        var interrupted = ExampleDisk.seen(.data, .data)
        interrupted["nodo1"]?.facts.merge(["mark": planned, "mark.age": "10"]) { $1 }
        try GoldenScripts.expect(try #require(ExampleDisk.make().apply("nodo1", interrupted)), "fs.make.again")
        try GoldenScripts.expect(try #require(ExampleDisk.make().settle("nodo2")), "fs.make.settle")
        let forced = try ExampleDisk.make(format: "force:\(wwid)")
        try GoldenScripts.expect(try #require(forced.apply("nodo1", ExampleDisk.seen(.data, .data))), "fs.make.force")
        let unmarked = ExampleDisk.seen(.planned, .planned).with(["owner": ""])
        let protected = try ExampleDisk.make(format: "if-empty", [("mmp", .boolean(true))])
        try GoldenScripts.expect(try #require(protected.apply("nodo1", unmarked)), "fs.make.adopt")
    }
}
