import Documents
import Testing
import Transport

@testable import Actions

private let wwid = "0x6001405abc"
private let planned = PlannedUUID(cluster: "ours", wwid: wwid).description

/// Every state that a disk can be found in.
private enum Seen: String, CaseIterable, Sendable {
    case absent, empty, data, planned, mountedPlanned, otherExt4, xfs, partitions, busy, contradiction, unreadable,
        garbage
    case readOnly, running, failedProbe, unproven

    var observation: Observation? {
        var facts = [
            "seen": "yes", "wwid": wwid, "read-only": "0", "size": "1073741824", "used": "", "type": "", "uuid": "",
        ]
        func signature(_ type: String, _ uuid: String) {
            facts["found"] = "signature \(type) \(uuid)"
            facts["type"] = type
            facts["uuid"] = uuid
        }
        switch self {
        case .absent: return found(["seen": "no"])
        case .empty: facts["found"] = "empty"
        case .data: facts["found"] = "data at 512 MiB"
        case .planned: signature("ext4", rulesPlanned)
        case .mountedPlanned:
            signature("ext4", rulesPlanned)
            facts["used"] = "it is mounted at /mnt"
        case .otherExt4: signature("ext4", "11111111-2222-3333-4444-555555555555")
        case .xfs: signature("xfs", rulesPlanned)
        case .partitions: signature("gpt partition table", "")
        case .busy: facts["found"] = "busy a process has it open"
        case .contradiction: facts["found"] = "signature several, which contradict one another"
        case .unreadable: facts["found"] = "unreadable wipefs says: no"
        case .garbage: facts["found"] = "emptyish"
        case .readOnly:
            facts["found"] = "empty"
            facts["read-only"] = "1"
        case .running:
            facts["found"] = "data at 0 MiB"
            facts["mkfs"] = "77"
        case .failedProbe: return Observation(code: 1, facts: facts)
        case .unproven: return nil
        }
        return found(facts)
    }

}

private let rulesPlanned = planned

private func action(format: String? = "if-empty") throws -> FileSystemMake {
    try make(
        FileSystemMake.self,
        pairs: [("cluster", .string("ours")), ("wwid", .string(wwid))]
            + (format.map { [("format", .string($0))] } ?? []))
}

private func observe(_ first: Seen, _ second: Seen) -> [NodeName: Observation] {
    var observations: [NodeName: Observation] = [:]
    observations["nodo1"] = first.observation
    observations["nodo2"] = second.observation
    return observations
}

private let pairs = Seen.allCases.flatMap { first in Seen.allCases.map { (first, $0) } }

@Suite("fs.make decides")
struct FileSystemRulesTests {
    @Test("reservation keys on an empty disk are somebody's, and those on harun's own file system no matter")
    func keys() throws {
        for (seen, isRefused) in [(Seen.empty, true), (.planned, false)] {
            var observations = observe(seen, seen)
            observations["nodo2"]?.facts["keys"] = "0xabc"
            let verdicts = try action().judge(observations)
            #expect(verdicts.values.allSatisfy { $0.isObstacle == isRefused }, "\(verdicts)")
            #expect((verdicts["nodo2"]?.reason.contains("reservation keys 0xabc") == true) == isRefused)
            #expect(try (action().apply("nodo1", observations) == nil))
        }
    }

    @Test("of all pairs of states, two empty disks alone are formatted", arguments: pairs)
    private func formats(first: Seen, second: Seen) throws {
        let action = try action()
        let observations = observe(first, second)
        let script = action.apply("nodo1", observations)
        #expect((script != nil) == (first == .empty && second == .empty))
        #expect(action.apply("nodo2", observations) == nil)
        let verdicts = action.judge(observations)
        #expect(Set(verdicts.keys) == ["nodo1", "nodo2"])
        let isDone = [.planned, .mountedPlanned].contains(first) && [.planned, .mountedPlanned].contains(second)
        #expect(verdicts.values.allSatisfy { $0 == .satisfied } == isDone)
        let isNeeded = verdicts.values.contains { if case .needed = $0 { true } else { false } }
        let rereads =
            first == .data && [.planned, .mountedPlanned].contains(second)
            || second == .data && [.planned, .mountedPlanned].contains(first)
        #expect(isNeeded == (script != nil || rereads))
        if !isDone, !isNeeded {
            #expect(verdicts.values.allSatisfy { $0 != .satisfied }, "one refusal holds all nodes up")
        }
    }

    @Test("with format = \"never\" nothing is ever formatted, and any ext4 that all see will do", arguments: pairs)
    private func never(first: Seen, second: Seen) throws {
        let same: Set<Set<Seen>> = [[.planned], [.mountedPlanned], [.planned, .mountedPlanned], [.otherExt4]]
        for format in ["never", nil] {
            let action = try action(format: format)
            let observations = observe(first, second)
            #expect(action.apply("nodo1", observations) == nil)
            let verdicts = action.judge(observations)
            #expect(verdicts.values.allSatisfy { $0 == .satisfied } == same.contains([first, second]))
            #expect(!verdicts.values.contains { if case .needed = $0 { true } else { false } })
        }
    }

    @Test("zeros behind one WWID and a file system behind the other are two disks")
    func twins() throws {
        let why = try action().judge(observe(.planned, .empty))["nodo2"]?.reason ?? ""
        #expect(why.hasPrefix("not the same disk, although the WWID is"))
    }

    @Test("disks that differ are refused", arguments: ["wwid", "size"])
    func differing(key: String) throws {
        var observations = observe(.empty, .empty)
        observations["nodo2"]?.facts[key] = "0x1"
        #expect(try action().apply("nodo1", observations) == nil)
        #expect(try action().judge(observations)["nodo2"]?.reason.hasPrefix("not the same disk") == true)
    }

    @Test(
        "what a killed mkfs left is formatted again only with harun's own, recent mark on the node that formats",
        arguments: [
            (planned, "10", "nodo1", true), (planned, "999999", "nodo1", false), (planned, "-5", "nodo1", false),
            (planned, "", "nodo1", false), ("another-uuid", "10", "nodo1", false), ("", "", "nodo1", false),
            (planned, "10", "nodo2", false),
        ])
    func interrupted(mark: String, age: String, node: String, expected: Bool) throws {
        for (first, second) in [(Seen.data, Seen.data), (.data, .empty), (.empty, .data)] {
            var observations = observe(first, second)
            observations[NodeName(node)]?.facts.merge(["mark": mark, "mark.age": age]) { $1 }
            #expect((try action().apply("nodo1", observations) != nil) == expected)
        }
        for other in [
            Seen.otherExt4, .xfs, .partitions, .busy, .unreadable, .absent, .running, .failedProbe, .unproven,
        ] {
            var observations = observe(.data, other)
            observations["nodo1"]?.facts.merge(["mark": planned, "mark.age": "10"]) { $1 }
            #expect(try action().apply("nodo1", observations) == nil)
        }
    }

    @Test("only the first node ever formats, also where the step names another")
    func formatter() throws {
        #expect(try action().apply("nodo2", observe(.empty, .empty)) == nil)
        #expect(try action().undo("nodo1") == nil)
    }

    @Test("the planned UUID follows from cluster and WWID, however the WWID is written")
    func uuid() {
        let uuid = PlannedUUID(cluster: "ours", wwid: wwid)
        #expect(uuid == PlannedUUID(cluster: "ours", wwid: "0x6001405ABC"))
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
        #expect(messages("filesystem", "xfs").count == 1)
        #expect(messages("formt", "never").first?.contains("did you mean `format`") == true)
        #expect(read(FileSystemMake.self).messages.count == 2)
    }

    @Test("its scripts stay as they are")
    func golden() throws {
        try GoldenScripts.expect(action(), observe(.empty, .empty))
        var interrupted = observe(.data, .data)
        interrupted["nodo1"]?.facts.merge(["mark": planned, "mark.age": "10"]) { $1 }
        try GoldenScripts.expect(try #require(action().apply("nodo1", interrupted)), "fs.make.again")
        try GoldenScripts.expect(try #require(action().settle("nodo2")), "fs.make.settle")
    }
}
