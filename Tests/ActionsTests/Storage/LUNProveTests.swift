import Documents
import Foundation
import Steps
import Synchronization
import Testing
import Transport

@testable import Actions

private let wwid = "0x6001405abc000000"

/// What a node reports of the LUN.
private func report(_ changes: [String: String] = [:], proof: String = "") -> Observation {
    let facts = [
        "seen": "yes", "wwid": wwid, "device": "/dev/sda", "size": "1073741824", "read-only": "0", "paths": "sda",
        "others": "", "transport": "iscsi", "unit": "iqn.x 1", "visible": "iqn.x-lun-1", "proof": proof,
        "proof.sessions": "boot session1:7", "sessions": "boot session1:7", "cluster.id": "", "mark": "",
    ]
    return found(facts.merging(changes) { $1 })
}

/// Reservation keys of one or two disks, as the nodes' scripts use them.
private final class Disks: Sendable {
    private let keys: Mutex<[NodeName: String]>
    private let isShared: Bool
    let marks = Mutex<[String]>([])

    init(_ before: String = "", isShared: Bool = true) {
        keys = Mutex(["nodo1": before, "nodo2": before])
        self.isShared = isShared
    }

    func answer(_ script: String, _ node: NodeName) -> CommandResult? {
        if script.contains("file=/var/lib/harun/luns/$WWID") {
            marks.withLock { $0.append(script) }
            return .ended(0)
        }
        return keys.withLock { keys in
            let nodes: [NodeName] = isShared ? ["nodo1", "nodo2"] : [node]
            if let match = script.firstMatch(of: /-o -I -S (0x[0-9a-f]+)/) {
                for node in nodes { keys[node] = String(match.1) }
            } else if script.contains("-o -G -K 0x") {
                for node in nodes { keys[node] = "" }
                return .ended(0)
            }
            return .ended(0, "fact keys \(keys[node] ?? "")\n")
        }
    }

    var left: [String] { keys.withLock { Array($0.values) } }
}

@Suite("lun.prove")
struct LUNProveTests {
    private func action() throws -> LUNProve {
        try make(LUNProve.self, ["target": .string("iqn.x"), "lun": .integer(1), "portal": .string("10.0.0.5:3260")])
    }

    private func prove(_ disks: Disks) async throws -> String? {
        let context = ScriptedContext { disks.answer($0, $1) }
        return try await action().perform(on: "nodo1", ["nodo1": report(), "nodo2": report()], in: context)["proof"]
    }

    @Test("needs a way to name the LUN")
    func reading() { #expect(read(LUNProve.self).messages == ["a LUN needs `wwid`, or `portal`, `target` and `lun`"]) }

    @Test(
        "whatever speaks against one and the same disk is refused",
        arguments: [
            (["seen": "no", "visible": "iqn.x-lun-2"], "this node sees iqn.x-lun-2"),
            (["seen": "no", "visible": ""], "no LUN at all"),
            (["wwid": "0x6001405def000000"], "its WWID is 0x6001405def000000 there, and 0x6001405abc000000 on nodo1"),
            (["size": "1"], "its size in bytes is 1"), (["size": "0"], "has no size"),
            (["unit": "iqn.y 1"], "its target and LUN number is iqn.y 1"),
            (["others": "sdb", "paths": "sda sdb"], "more than once, as sda sdb"),
            (["transport": "other"], "is no iSCSI disk"), (["read-only": "1"], "is read-only"),
        ])
    func refuses(changes: [String: String], expected: String) throws {
        let verdict = try action().judge(["nodo1": report(), "nodo2": report(changes)])["nodo2"]
        guard case .refused(let why)? = verdict else {
            Issue.record("not refused: \(String(describing: verdict))")
            return
        }
        #expect(why.contains(expected))
    }

    @Test("a node that was not looked at, or whose probe failed, never passes")
    func unknown() throws {
        #expect(try action().judge(["nodo1": report()])["nodo2"] == .failed("it was not looked at"))
        let verdict = try action().judge(["nodo1": report(), "nodo2": Observation(code: 127)])["nodo2"]
        #expect(verdict == .failed("the probe ended with exit code 127"))
    }

    @Test("a key that one node registers is found on the other, and taken off again")
    func same() async throws {
        let disks = Disks()
        #expect(try await prove(disks) == "a reservation key of nodo1 was read on every node")
        #expect(disks.left == ["", ""])
    }

    @Test("the marks of a proof satisfy the next probe, as long as disk and nodes stay the same")
    func marks() async throws {
        let disks = Disks()
        _ = try await prove(disks)
        let script = try #require(disks.marks.withLock { $0.first })
        let mark = String(try #require(script.firstMatch(of: /'([0-9a-f]{32} [^']*)'/)).1)
        let id = String(try #require(script.firstMatch(of: /echo ([0-9a-f-]{36}) >/)).1)
        let ours = ["cluster.id": id]
        let both = ["nodo1": report(ours, proof: mark), "nodo2": report(ours, proof: mark)] as [NodeName: Observation]
        #expect(try action().judge(both).values.allSatisfy { $0 == .satisfied })
        let other = both.mapValues { report(ours.merging(["size": "5"]) { $1 }, proof: $0.facts["proof"] ?? "") }
        #expect(try action().judge(other).values.allSatisfy { $0 != .satisfied })
        let rebooted = try action().judge(["nodo1": report(ours, proof: mark), "nodo2": report(ours)])
        #expect(rebooted["nodo1"] == .satisfied)
        #expect(rebooted["nodo2"]?.reason.contains("not yet proven") == true)
        let unnamed = try action().judge(["nodo1": report(ours, proof: mark), "nodo2": report(proof: mark)])
        #expect(unnamed["nodo2"] == .needed("the node does not know its cluster's identity yet"))
    }

    @Test("a proof that is older than a session holds only where the disk is this cluster's already")
    func sessions() async throws {
        let disks = Disks()
        _ = try await prove(disks)
        let script = try #require(disks.marks.withLock { $0.first })
        let mark = String(try #require(script.firstMatch(of: /'([0-9a-f]{32} [^']*)'/)).1)
        for sessions in ["boot session2:9", "boot session1:8", "boot2 session1:7"] {
            for (owner, isDone) in [("ours", true), ("", false), ("theirs", false)] {
                let facts = ["sessions": sessions, "cluster.id": "ours", "mark": owner]
                let verdicts = try action().judge([
                    "nodo1": report(["cluster.id": "ours", "mark": owner], proof: mark),
                    "nodo2": report(facts, proof: mark),
                ])
                #expect(verdicts["nodo1"] == .satisfied)
                #expect((verdicts["nodo2"] == .satisfied) == isDone, "\(sessions) \(owner)")
            }
        }
    }

    @Test("the nodes get one identity: that of those which have one, and none where they have two")
    func identity() async throws {
        let disks = Disks()
        let context = ScriptedContext { disks.answer($0, $1) }
        let some = ["nodo1": report(), "nodo2": report(["cluster.id": "11111111-old"])] as [NodeName: Observation]
        _ = try await action().perform(on: "nodo1", some, in: context)
        #expect(disks.marks.withLock { $0.allSatisfy { $0.contains("echo 11111111-old >") } && $0.count == 2 })
        let two =
            ["nodo1": report(["cluster.id": "a"]), "nodo2": report(["cluster.id": "b"])] as [NodeName: Observation]
        #expect(
            try action().judge(two).values.allSatisfy {
                $0.reason.contains("nodo2 belongs to another cluster than nodo1")
            })
        await #expect(throws: ProcedureFailure.self) { try await action().perform(on: "nodo1", two, in: context) }
    }

    @Test("two disks with one WWID are told apart, and no key stays")
    func twins() async throws {
        let disks = Disks(isShared: false)
        await #expect(throws: ProcedureFailure.self) { try await prove(disks) }
        #expect(disks.left == ["", ""])
        #expect(disks.marks.withLock { $0.isEmpty })
    }

    @Test("keys of somebody else are compared and left alone")
    func foreignKeys() async throws {
        let disks = Disks("0xabc 0xdef")
        #expect(try await prove(disks) == "every node reads the same reservation keys")
        #expect(disks.left == ["0xabc 0xdef", "0xabc 0xdef"])
    }

    @Test("a key that a killed proof left is taken off, and nobody else's")
    func leftKey() throws {
        let look = ReservationProof(lun: LUNReference(.wwid(wwid)), nodes: ["nodo1", "nodo2"]).look
        for (own, before, after) in [("0x7", "0x7", ""), ("0x7", "0x9", "0x9"), ("", "0x7", "0x7")] {
            try Tool.withFolder { folder in
                let file = "\(folder.path)/keys"
                try Tool.replace("readlink", in: folder, with: "echo /dev/sdb")
                try Tool.replace(
                    "sg_persist", in: folder,
                    with:
                        "case $* in *-G*) : >\(file);; *) while read -r key; do echo \"    $key\"; done <\(file);; esac"
                )
                let text = look.text.replacing("[ -b \"$LUN\" ]", with: "true")
                    .replacing("/var/lib/harun/luns", with: folder.path)
                let result = try Tool.shell(
                    """
                    echo \(before) >\(file); mark=\(folder.path)/\(wwid).key
                    [ -z "\(own)" ] || echo \(own) >"$mark"
                    ( \(ScriptPrelude.text)
                    \(text) )
                    [ ! -e "$mark" ] || echo left
                    """, in: folder)
                #expect(result.output == "fact keys \(after)\n", "\(own) \(before): \(result.errors)")
            }
        }
    }

    @Test("a target without reservations is proven by less, and that is said")
    func noReservations() async throws {
        let context = ScriptedContext { script, _ in
            script.contains("mkdir") ? .ended(0) : .ended(0, "fact keys unknown\nfact why it knows none\n")
        }
        let figures = try await action().perform(on: "nodo1", ["nodo1": report(), "nodo2": report()], in: context)
        #expect(figures["proof"] == "same WWID and size only: on nodo1, it knows none")
    }

    @Test("its probe stays as it is")
    func golden() throws {
        try GoldenScripts.expect(action())
        try GoldenScripts.expect(make(LUNProve.self, ["wwid": .string("0x6001405ABC000000")]), as: "lun.prove.wwid")
    }
}
