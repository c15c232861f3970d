import Documents
import Steps
import Testing
import Transport

@testable import Actions

/// Every state that a disk can be found in.
enum SeenDisk: String, CaseIterable, Sendable {
    case absent, blank, data, planned, mountedPlanned, otherExt4, xfs, partitions, busy, contradiction, unreadable,
        garbage
    case readOnly, running, failedProbe, unproven

    var observation: Observation? {
        var facts = [
            "seen": "yes", "wwid": ExampleDisk.wwid, "read-only": "0", "size": "1073741824", "used": "", "type": "",
            "uuid": "",
            "proof": ExampleDisk.proofMark + " a key", "proof.sessions": "boot session1:4",
            "sessions": "boot session1:4",
            "cluster.id": exampleIdentity,
        ]
        func signature(_ type: String, _ uuid: String) {
            facts["found"] = "signature \(type) \(uuid)"
            facts["type"] = type
            facts["uuid"] = uuid
            facts.merge([
                "ext4": "clean", "ext4.mounted": "no", "mmp": "off", "mmp.holder": "", "owner": exampleIdentity,
            ]) {
                $1
            }
        }
        switch self {
        case .absent: return found(["seen": "no"])
        case .blank: facts["found"] = "blank"
        case .data: facts["found"] = "data at 512 MiB"
        case .planned: signature("ext4", ExampleDisk.planned)
        case .mountedPlanned:
            signature("ext4", ExampleDisk.planned)
            facts["used"] = "it is mounted at /mnt"
            facts["ext4.mounted"] = "yes"
            facts["ext4"] = "recovery"
        case .otherExt4: signature("ext4", "11111111-2222-3333-4444-555555555555")
        case .xfs: signature("xfs", ExampleDisk.planned)
        case .partitions: signature("gpt partition table", "")
        case .busy: facts["found"] = "busy a process has it open"
        case .contradiction: facts["found"] = "signature several, which contradict one another"
        case .unreadable: facts["found"] = "unreadable wipefs says: no"
        case .garbage: facts["found"] = "emptyish"
        case .readOnly:
            facts["found"] = "blank"
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

/// The disk that the tests of `fs.make` speak of, and what they say of it.
enum ExampleDisk {
    static let wwid = "0x6001405abc000000"
    static let planned = PlannedUUID(cluster: exampleIdentity, wwid: wwid).description
    static let proofMark = LUNProof(
        LUNReference(.wwid(wwid)), on: ["nodo1", "nodo2"], ["nodo1": found(["wwid": wwid, "size": "1073741824"])]
    ).mark

    /// `fs.make` for that disk.
    static func make(
        format: String? = "if-empty", _ more: [(String, Value.Content)] = []
    ) throws -> FileSystemMake {
        try ActionsTests.make(
            FileSystemMake.self,
            pairs: [("cluster", .string("ours")), ("wwid", .string(wwid))]
                + (format.map { [("format", .string($0))] } ?? []) + more)
    }

    /// What both nodes see.
    static func seen(_ first: SeenDisk, _ second: SeenDisk) -> [NodeName: Observation] {
        var observations: [NodeName: Observation] = [:]
        observations["nodo1"] = first.observation
        observations["nodo2"] = second.observation
        return observations
    }
}

extension [NodeName: Observation] {
    /// The same with other facts on some nodes.
    func with(_ changes: [String: String], on nodes: [NodeName] = ["nodo1", "nodo2"]) -> Self {
        var observations = self
        for node in nodes { observations[node]?.facts.merge(changes) { $1 } }
        return observations
    }
}
