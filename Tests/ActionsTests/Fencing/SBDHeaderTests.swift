import Documents
import Settings
import Steps
import Testing
import Transport

@testable import Actions

@Suite("sbd.header")
struct SBDHeaderTests {
    private let action: SBDHeaderAction

    init() throws { action = try make(SBDHeaderAction.self, fenceLUN) }

    static func disk(
        wwid: String = "0x6001000000000000", size: String = "67108864", dump: String? = nil, list: String? = nil,
        trouble: String? = nil, more: [String: String] = [:]
    ) -> Observation {
        var facts = [
            "wwid": wwid, "size": size, "device": "/dev/disk/by-id/wwn-0x6001000000000000",
            "cluster.id": exampleIdentity,
        ]
        facts["sessions"] = "boot session1:7"
        facts["proof.sessions"] = "boot session1:7"
        facts["proof"] = (proof ?? "") + " a key"
        facts.merge(more) { $1 }
        facts["dump"] = dump
        facts["list"] = list
        facts["trouble"] = trouble
        if dump == nil, trouble == nil { facts["blank"] = "yes" }
        return found(facts)
    }

    private static let proof = (try? Portal("10.77.2.20:3260")).map { portal in
        LUNProof(
            LUNReference(.number(2, of: .init(portal: portal, target: "iqn.2024-12.lab.storage:ha"))),
            on: ["nodo1", "nodo2"], ["nodo1": found(["wwid": "0x6001000000000000", "size": "67108864"])]
        ).mark
    }
    private static let slot = "9\tharun-\(exampleIdentity)\tclear\t\n"

    private func verdicts(_ first: Observation, _ second: Observation) -> Set<Verdict> {
        Set(action.judge(["nodo1": first, "nodo2": second]).values)
    }

    @Test("a disk that shows nothing to any node is read whole and gets a header")
    func empty() {
        #expect(
            verdicts(Self.disk(), Self.disk()) == [
                .needed(
                    "LUN 2 of iqn.2024-12.lab.storage:ha shows nothing; nodo1 reads all 64 MiB of it before the header is written"
                )
            ])
    }

    @Test("without a proof of these sessions, or with somebody's reservation keys, nothing is written")
    func unproven() {
        for more in [
            ["proof": ""], ["sessions": "boot session2:7"], ["cluster.id": ""], ["cluster.id": "another"],
            ["keys": "0xabc"],
        ] {
            for header in [nil, dump()] {
                let (disk, other) = (Self.disk(dump: header), Self.disk(dump: header, more: more))
                for (first, second) in [(disk, other), (other, disk), (other, other)] {
                    if more["cluster.id"] == "another", first.facts == second.facts { continue }
                    #expect(verdicts(first, second).contains { $0.isObstacle }, "\(more)")
                    #expect(
                        !verdicts(first, second).contains { if case .needed = $0 { true } else { false } }, "\(more)")
                    #expect(action.apply("nodo1", ["nodo1": first, "nodo2": second]) == nil, "\(more)")
                }
            }
        }
        let large = Self.disk(size: "34359738368")
        #expect(verdicts(large, large).contains { $0.reason.contains("no more than 16 GiB are read") })
    }

    @Test("what a verdict does not call needed has no script, and what it does has one")
    func oneDecision() {
        let all = [
            Self.disk(), Self.disk(wwid: ""), Self.disk(size: "0"), Self.disk(trouble: "data"),
            Self.disk(more: ["proof": ""]), Self.disk(dump: dump()), Self.disk(dump: dump(uuid: "ffff")),
            Self.disk(dump: dump(watchdog: 5)), Self.disk(dump: dump(), list: Self.slot),
            Self.disk(dump: dump(), list: "0\tweb1\tclear\t\n"),
            Self.disk(dump: dump(), list: "0\tharun-other\tclear\t\n"),
            Observation(code: ScriptPrelude.refused, note: "this node does not see it"),
        ]
        for first in all {
            for second in all {
                let isNeeded = verdicts(first, second).contains { if case .needed = $0 { true } else { false } }
                #expect((action.apply("nodo1", ["nodo1": first, "nodo2": second]) != nil) == isNeeded)
            }
        }
    }

    @Test("a slot counts that one node alone reads")
    func slots() {
        let own = Self.disk(dump: dump())
        for list in ["0\tweb1\tclear\t\n", "0\tnodo1\tclear\t\n", "9\tharun-other\tclear\t\n"] {
            let other = Self.disk(dump: dump(), list: list)
            for (first, second) in [(own, other), (other, own)] {
                #expect(verdicts(first, second).allSatisfy { $0.isObstacle }, "\(list)")
            }
        }
    }

    @Test("our header is taken over, with our nodes in it or none")
    func ours() {
        for list in ["", "0\tnodo1\tclear\t\n1\tnodo2\treset\tnodo1\n"] {
            let disk = Self.disk(dump: dump(), list: list + Self.slot)
            #expect(verdicts(disk, disk) == [.satisfied])
        }
        let unmarked = Self.disk(dump: dump())
        #expect(verdicts(unmarked, unmarked) == [.needed("the SBD header does not carry this cluster's mark yet")])
        let script = action.apply("nodo1", ["nodo1": unmarked, "nodo2": unmarked])?.text ?? ""
        #expect(script.contains("allocate harun-\(exampleIdentity)") && !script.contains("create"))
    }

    @Test("nodes of the same names are another cluster's, unless these are configured for the disk")
    func sameNames() {
        let list = "0\tnodo1\tclear\t\n1\tnodo2\tclear\t\n"
        let other = Self.disk(dump: dump(), list: list)
        #expect(
            verdicts(other, other).contains {
                $0.reason.contains("nodes called nodo1, nodo2, which are not configured")
            })
        let own = Self.disk(dump: dump(), list: list, more: ["configured": "yes"])
        #expect(verdicts(own, own) == [.needed("the SBD header does not carry this cluster's mark yet")])
        let theirs = Self.disk(dump: dump(), list: list + "2\tharun-other\tclear\t\n", more: ["configured": "yes"])
        #expect(
            verdicts(theirs, theirs).contains {
                $0.reason.contains("belongs to another cluster, with the identity other")
            })
    }

    @Test("nodes that do not see the same disk get nothing")
    func different() {
        for other in [Self.disk(wwid: "0x6002000000000000"), Self.disk(size: "9"), Self.disk(wwid: "")] {
            #expect(verdicts(Self.disk(), other).filter { if case .refused = $0 { false } else { true } } == [])
        }
        let mixed: [(Observation, Observation)] = [
            (Self.disk(dump: dump()), Self.disk()),
            (Self.disk(dump: dump()), Self.disk(dump: dump(uuid: "ffff"))),
            (Self.disk(dump: dump()), Self.disk(dump: "==Header NOT dumped")),
        ]
        for (first, second) in mixed {
            #expect(
                verdicts(first, second)
                    == [
                        .refused("the nodes do not see the same SBD header on LUN 2 of iqn.2024-12.lab.storage:ha")
                    ])
        }
    }

    @Test("a disk with anything on it, on any node, is refused there")
    func notEmpty() {
        let verdicts = action.judge(["nodo1": Self.disk(), "nodo2": Self.disk(trouble: "it has a signature")])
        #expect(
            verdicts == [
                "nodo2": .refused(
                    "LUN 2 of iqn.2024-12.lab.storage:ha is not empty: it has a signature; harun never overwrites it")
            ])
        let unproven = found(["wwid": "0x6001000000000000", "size": "67108864"])
        #expect(self.verdicts(unproven, unproven).filter { !$0.isObstacle } == [])
    }

    @Test("another cluster's header and other timeouts are refused")
    func foreign() {
        let other = Self.disk(dump: dump(), list: "0\tweb1\tclear\t\n")
        #expect(
            verdicts(other, other)
                == [
                    .refused(
                        "the SBD header on LUN 2 of iqn.2024-12.lab.storage:ha belongs to another cluster: web1 used it"
                    )
                ])
        for text in [dump(watchdog: 5), dump(msgwait: 30)] {
            let disk = Self.disk(dump: text)
            #expect(verdicts(disk, disk).filter { !$0.isObstacle } == [])
        }
    }

    @Test("a node that does not see the disk ends the step")
    func unseen() {
        let blind = Observation(code: ScriptPrelude.refused, note: "this node does not see LUN 2")
        #expect(action.judge(["nodo1": Self.disk(), "nodo2": blind])["nodo2"]?.isObstacle == true)
    }

    @Test("the write is bound to the disk that was proven and never forced")
    func apply() throws {
        let script = try #require(action.apply("nodo1", ["nodo1": Self.disk(), "nodo2": Self.disk()]))
        #expect(script.text.contains("[ \"$WWID\" = 0x6001000000000000 ] || refuse"))
        #expect(action.apply("nodo1", [:]) == nil)
        #expect(action.apply("nodo2", ["nodo1": Self.disk(), "nodo2": Self.disk()]) == nil, "one node writes")
        #expect(action.undo("nodo1") == nil)
    }

    @Test("the scripts are the golden ones")
    func golden() throws {
        try GoldenScripts.expect(action, ["nodo1": Self.disk(), "nodo2": Self.disk()])
        let unmarked = Self.disk(dump: dump())
        try GoldenScripts.expect(
            try #require(action.apply("nodo1", ["nodo1": unmarked, "nodo2": unmarked])), "sbd.header.mark")
    }

    @Test("timeouts that contradict each other are errors")
    func reading() {
        let messages = read(
            SBDHeaderAction.self,
            ["wwid": .string("0x6001405000000001"), "watchdog_timeout": .integer(15), "msgwait": .integer(20)]
        ).messages
        #expect(messages.count == 1)
        #expect(messages.first?.hasPrefix("`msgwait` must be at least twice `watchdog_timeout` (30)") == true)
        #expect(read(SBDHeaderAction.self).messages == ["a LUN needs `wwid`, or `portal`, `target` and `lun`"])
        #expect(
            read(SBDHeaderAction.self, ["wwid": .string("0x6001405000000001"), "watchdog_timeout": .integer(1)])
                .messages
                == ["`watchdog_timeout` must lie between 5 and 300"])
    }
}
