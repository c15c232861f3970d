import Documents
import Steps
import Testing
import Transport

@testable import Actions

@Suite("cib.fencing")
struct CIBFencingTests {
    private static let bare = """
        <cib admin_epoch="0" epoch="5" num_updates="3" validate-with="pacemaker-3.9"><configuration><crm_config/>
        <nodes><node id="1" uname="nodo1"/><node id="2" uname="nodo2"/></nodes><resources/><constraints/>
        </configuration><status/></cib>
        """
    private static let device = "/dev/disk/by-id/wwn-0x6001000000000000"
    private static let works = status(resources: resource("fence-sbd", "stonith:fence_sbd", on: "nodo1"))

    private func sbd(_ more: KeyValuePairs<String, Value.Content> = [:]) throws -> CIBFencingAction {
        let pairs =
            [("method", Value.Content.string("sbd"))] + fenceLUN.map { ($0.key, $0.value) }
            + more.map { ($0.key, $0.value) }
        return try make(CIBFencingAction.self, pairs: pairs)
    }

    private func verdicts(_ action: CIBFencingAction, cib: String?, status: String = works, device: String = device)
        -> Set<Verdict>
    {
        var secrets: [String: String] = [:]
        secrets["cib"] = cib
        return Set(
            action.judge([
                "nodo1": found(["device": device, "status": status], secrets: secrets),
                "nodo2": found(["device": Self.device]),
            ]).values)
    }

    @Test("a CIB without fencing gets the device and the properties")
    func needed() throws {
        let action = try sbd()
        let verdicts = verdicts(action, cib: Self.bare)
        #expect(verdicts.count == 1)
        let why = try #require(verdicts.first).reason
        for part in ["fence-sbd", "stonith-enabled", "stonith-timeout", "no-quorum-policy"] {
            #expect(why.contains(part))
        }
    }

    @Test("what was pushed is found to be true, and a device that stands still is not enough")
    func pushed() throws {
        let action = try sbd()
        let cib = try #require(CIB(xml: Self.bare))
        let merged = cib.merged(with: action.fragment(device: Self.device))
        #expect(verdicts(action, cib: merged) == [.satisfied])
        #expect(verdicts(action, cib: merged, status: status()) == [.needed("fence-sbd does not run")])
        #expect(
            verdicts(action, cib: merged, device: "/dev/disk/by-id/wwn-0x6002000000000000").filter { !$0.isObstacle }
                == [])
    }

    @Test("a resource of that name that is something else is refused")
    func conflict() throws {
        let cib = Self.bare.replacing(
            "<resources/>",
            with: "<resources><primitive id=\"fence-sbd\" class=\"stonith\" type=\"fence_ipmilan\"/></resources>")
        #expect(verdicts(try sbd(), cib: cib).filter { !$0.isObstacle } == [])
    }

    @Test("without the cluster's configuration nothing is decided")
    func noCIB() throws {
        for cib in [nil, "", "<cib>"] {
            #expect(verdicts(try sbd(), cib: cib).filter { if case .failed = $0 { false } else { true } } == [])
        }
    }

    @Test("two nodes get a delay, and long waits a longer patience of the agent and of Pacemaker")
    func timeouts() throws {
        let short = try sbd().fragment(device: Self.device)
        #expect(
            short.primitives.first?.attributes == [
                "devices": Self.device, "pcmk_delay_base": "nodo1:5s;nodo2:0s", "pcmk_host_check": "static-list",
                "pcmk_host_list": "nodo1 nodo2",
            ])
        #expect(short.properties["priority-fencing-delay"] == "15s")
        #expect(short.properties["stonith-timeout"] == "80s")
        let long = try sbd(["watchdog_timeout": .integer(30), "msgwait": .integer(60)]).fragment(device: Self.device)
        #expect(long.primitives.first?.attributes["power_timeout"] == "75")
        #expect(long.properties["stonith-timeout"] == "140s")
    }

    @Test("of two nodes the first waits longer, whatever their names, and no delay is random")
    func delays() throws {
        // Pacemaker takes the first entry that the name begins with.
        #expect(FencingDelays(["node", "node2"])?.map == "node2:0s;node:5s")
        #expect(FencingDelays(["node2", "node"])?.map == "node2:5s;node:0s")
        #expect(FencingDelays(["a", "b", "c"]) == nil)
        let old = CIBFragment(primitives: [
            .init(
                CIBFencingAction.device, agent: "stonith:fence_sbd",
                attributes: ["devices": Self.device, "pcmk_delay_max": "5s"])
        ])
        let bare = try #require(CIB(xml: Self.bare))
        let cib = try #require(CIB(xml: bare.merged(with: old)))
        let fragment = try sbd().fragment(device: Self.device)
        #expect(cib.differences(to: fragment).contains("fence-sbd: pcmk_delay_max 5s → unset"))
        let merged = try #require(CIB(xml: cib.merged(with: fragment)))
        #expect(merged.differences(to: fragment) == [])
        #expect(!merged.xml.contains("pcmk_delay_max"))
    }

    @Test("the properties have the names that the cluster's release knows, and never two of one meaning")
    func renamed() throws {
        func properties(_ cib: String, renamed: Bool) throws -> Set<String> {
            let names = FencingNames(
                found(renamed ? ["fencing.names": "fencing"] : [:]), try #require(CIB(xml: cib)))
            return Set(try sbd().fragment(device: Self.device, names: names).properties.keys).subtracting([
                "no-quorum-policy", "priority-fencing-delay",
            ])
        }
        #expect(try properties(Self.bare, renamed: false) == ["stonith-enabled", "stonith-timeout"])
        #expect(try properties(Self.bare, renamed: true) == ["fencing-enabled", "fencing-timeout"])
        // An upgraded cluster: the old ones alone are refused by crm_verify, and must not say anything else.
        let old = try #require(CIB(xml: Self.bare)).merged(with: sbd().fragment(device: Self.device))
        #expect(try properties(old, renamed: true).count == 4)
        #expect(try properties(old, renamed: false) == ["stonith-enabled", "stonith-timeout"])
        let off = try #require(CIB(xml: Self.bare)).merged(with: CIBFragment(properties: ["fencing-enabled": "false"]))
        #expect(try #require(CIB(xml: off)).isFencing == false)
    }

    @Test("no fencing is no device and one property")
    func none() throws {
        let pairs = [("method", Value.Content.string("none"))] + fenceLUN.map { ($0.key, $0.value) }
        let action = try make(CIBFencingAction.self, pairs: pairs)
        let fragment = action.fragment(device: "")
        #expect(fragment.primitives.isEmpty)
        #expect(fragment.properties["stonith-enabled"] == "false")
        let cib = try #require(CIB(xml: Self.bare)).merged(with: fragment)
        let verdicts = action.judge(["nodo1": found(["status": status()], secrets: ["cib": cib]), "nodo2": found()])
        #expect(Set(verdicts.values) == [.satisfied])
    }

    @Test("what a runbook may say is checked")
    func reading() {
        #expect(read(CIBFencingAction.self).messages == ["`with` needs `method`"])
        #expect(
            read(CIBFencingAction.self, ["method": .string("ipmi")]).messages
                == ["`method` must be one of \"sbd\", \"none\", not \"ipmi\""])
        #expect(
            read(CIBFencingAction.self, ["method": .string("sbd")]).messages
                == ["a LUN needs `wwid`, or `portal`, `target` and `lun`"])
    }

    @Test("the scripts are the golden ones")
    func golden() throws {
        try GoldenScripts.expect(
            try sbd(), ["nodo1": found(["device": Self.device], secrets: ["cib": Self.bare])])
    }
}

@Suite("fencing.prove")
struct FencingProveTests {
    private let action: FencingProveAction
    private static let stonith =
        "<primitive id=\"fence-sbd\" class=\"stonith\" type=\"fence_sbd\"><instance_attributes id=\"i\">"
        + "<nvpair id=\"n\" name=\"devices\" value=\"/dev/disk/by-id/wwn-0x6001000000000000\"/></instance_attributes></primitive>"
    private static let device = resource("fence-sbd", "stonith:fence_sbd", on: "nodo1")
    private static let machine = resource("vm", "ocf:heartbeat:VirtualDomain", on: "nodo2")

    init() throws { action = try make(FencingProveAction.self) }

    private static func node(
        _ name: String = "nodo1", proof: String? = nil, reset: String? = nil, stonith: String? = stonith,
        dump: String? = dump(), status: String = status(resources: device), sbd: String = "active",
        settings: String = "", guests: String? = "", watchdog: String? = "Software Watchdog",
        _ change: (inout FencedNode) -> Void = { _ in }
    ) -> Observation {
        var node = FencedNode()
        node.dump = dump
        change(&node)
        var facts = node.facts
        facts["status"] = status
        facts["units"] = units(["sbd.service": sbd])
        facts["sbd"] = facts["sbd"].map { "\($0)SBD_OPTS=\"-n \(name)\"\n\(settings)" }
        facts["proof"] = proof
        facts["watchdog_proof"] = reset
        facts["guests"] = guests
        facts["watchdog"] = watchdog
        var secrets: [String: String] = [:]
        secrets["resources"] = stonith
        return found(facts, secrets: secrets)
    }

    private func verdicts(_ first: Observation, _ second: Observation) -> Set<Verdict> {
        Set(action.judge(["nodo1": first, "nodo2": second]).values)
    }

    private static let unproven: Set<Verdict> = [.needed("no real fence has proven this configuration yet")]

    private func hash(watchdog: String? = nil) throws -> String {
        try #require(FencingConfiguration(Self.node(), peers: twoPeers, watchdog: watchdog)).hash
    }

    /// The second node, whose watchdog is proven.
    private func reset() throws -> Observation { Self.node("nodo2", reset: try hash(watchdog: "Software Watchdog")) }

    @Test("a configuration that was never proven is to be proven, and a proof on every node is enough")
    func proof() throws {
        let proof = "\(try hash()) 2026-11-23T19:00:00Z nodo2 fenced in 31.2 s\n"
        let reset = try hash(watchdog: "Software Watchdog")
        #expect(verdicts(Self.node(), Self.node("nodo2")) == Self.unproven)
        #expect(verdicts(Self.node(proof: proof), Self.node("nodo2")) == Self.unproven)
        #expect(verdicts(Self.node(proof: proof), Self.node("nodo2", proof: proof, reset: reset)) == [.satisfied])
        // Without a disk of SBD there is no watchdog to be proven.
        let ipmi = "<primitive id=\"ipmi\" class=\"stonith\" type=\"fence_ipmilan\"/>"
        func bare(_ proof: String?) -> Observation {
            Self.node(proof: proof, stonith: ipmi, dump: nil, watchdog: nil) { ($0.watched, $0.settings) = (nil, nil) }
        }
        let other = try #require(FencingConfiguration(bare(nil), peers: twoPeers)).hash
        #expect(verdicts(bare(other), bare(other)) == [.satisfied])
    }

    @Test("a watchdog that no reset has proven is to be proven, each kind once, and anew where anything changed")
    func watchdogs() throws {
        let proof = try hash()
        let reset = try hash(watchdog: "Software Watchdog")
        func unproven(_ name: String, of nodes: String) -> Set<Verdict> {
            [.needed("no reset has proven the watchdog \(name) of \(nodes) yet")]
        }
        let fenced = Self.node("nodo2", proof: proof)
        #expect(verdicts(Self.node(proof: proof), fenced) == unproven("Software Watchdog", of: "nodo1, nodo2"))
        #expect(verdicts(Self.node(proof: proof, reset: "other"), fenced).first?.reason.contains("no reset") == true)
        let proven = Self.node("nodo2", proof: proof, reset: reset)
        #expect(verdicts(Self.node(proof: proof), proven) == [.satisfied])
        let itco = Self.node(proof: proof, watchdog: "iTCO_wdt")
        #expect(verdicts(itco, proven) == unproven("iTCO_wdt", of: "nodo1"))
        // The very proof of one watchdog is none of another on the same node.
        #expect(
            verdicts(Self.node(proof: proof, reset: reset, watchdog: "iTCO_wdt"), proven)
                == unproven("iTCO_wdt", of: "nodo1"))
        let busy = status(resources: Self.device + resource("ip", "ocf:heartbeat:IPaddr2", on: "nodo1"))
        #expect(
            verdicts(
                Self.node(proof: proof, status: busy, watchdog: "iTCO_wdt"),
                Self.node("nodo2", proof: proof, reset: reset, status: busy)
            ).first?.reason.hasPrefix("the watchdog iTCO_wdt of nodo1 was never seen to reset its node, and fencing")
                == true)
        // The timeouts are the proof's too: a reset after the others stopped waiting is none.
        let longer = (Self.node(proof: proof, dump: dump(msgwait: 30)), Self.node("nodo2", dump: dump(msgwait: 30)))
        #expect(verdicts(longer.0, longer.1) == Self.unproven)
    }

    @Test(
        "where the running sbd, its settings, the header and Pacemaker's device differ, nothing is proven or believed")
    func agreement() throws {
        let proof = try hash()
        let reset = try hash(watchdog: "Software Watchdog")
        let lying = Self.node(proof: proof, reset: reset) { $0.watched = FencedNode.other }
        #expect(
            verdicts(lying, Self.node("nodo2", proof: proof, reset: reset)) == [
                .refused(
                    "a fence would not be true: sbd on nodo1 watches \(FencedNode.other), its settings name "
                        + "\(FencedNode.disk); Pacemaker fences through \(FencedNode.disk), but sbd on nodo1 watches "
                        + "\(FencedNode.other)")
            ])
    }

    @Test("a proof is void as soon as anything of the fencing changes")
    func void() throws {
        let proof = try hash()
        let longer = Self.stonith.replacing("value=", with: "value2=\"\" value=")
        let changed: [(Observation, Observation)] = [
            (
                Self.node(proof: proof, dump: dump(msgwait: 30)),
                Self.node("nodo2", proof: proof, dump: dump(msgwait: 30))
            ),
            (
                Self.node(proof: proof, dump: dump(uuid: "ffff")) { $0.uuid = "ffff" },
                Self.node("nodo2", proof: proof, dump: dump(uuid: "ffff")) { $0.uuid = "ffff" }
            ),
            (
                Self.node(proof: proof) { ($0.watchdog, $0.held) = ("/dev/watchdog0", "/dev/watchdog0") },
                Self.node("nodo2", proof: proof) { ($0.watchdog, $0.held) = ("/dev/watchdog0", "/dev/watchdog0") }
            ),
        ]
        for (first, second) in changed { #expect(verdicts(first, second) == Self.unproven) }
        #expect(longer != Self.stonith)
        let more = try #require(
            FencingConfiguration(Self.node(), peers: twoPeers + [Peer(name: "nodo3", address: "x", links: [])]))
        #expect(more.hash != proof)
    }

    @Test("nodes that fence differently, or not at all, are refused")
    func unlike() {
        #expect(verdicts(Self.node(), Self.node("nodo2", dump: nil)).filter { !$0.isObstacle } == [])
        for stonith in [nil, "", "<xpath-query/>", "<primitive"] {
            #expect(verdicts(Self.node(), Self.node("nodo2", stonith: stonith)).filter { !$0.isObstacle } == [])
        }
    }

    @Test("nothing is fenced while the cluster is not well")
    func unwell() {
        let table: [(Observation, String)] = [
            (Self.node(status: "<cut"), "nodo1 gives no status"),
            (Self.node(status: status(offline: ["nodo2"], resources: Self.device)), "nodo2 is not online"),
            (Self.node(status: status(resources: Self.device, fencing: false)), "fencing is switched off"),
            (Self.node(status: status()), "no fencing device runs"),
            (Self.node(sbd: "inactive"), "sbd does not run on nodo1"),
        ]
        for (observation, why) in table {
            #expect(verdicts(observation, Self.node("nodo2")) == [.refused("nothing is fenced now: \(why)")])
        }
    }

    @Test("a node at work is never fenced: another idle one is, or none")
    func atWork() async throws {
        let busy = status(resources: Self.device + Self.machine)
        #expect(verdicts(Self.node(status: busy), Self.node("nodo2", status: busy)) == Self.unproven)
        let both = status(
            resources: Self.device + Self.machine + resource("ip", "ocf:heartbeat:IPaddr2", on: "nodo1"))
        #expect(
            verdicts(Self.node(status: both), Self.node("nodo2", status: both))
                == [.refused("fencing is proven on an idle node only, and nodo1 runs ip; nodo2 runs vm")])
        let context = ScriptedContext { script, _ in
            script == PacemakerStatus.question.text ? .ended(0, "blob status \(both.base64)\n") : nil
        }
        // Work that came between the probe and the shot.
        await #expect(throws: ProcedureFailure("nothing was fenced: nodo2 runs vm")) {
            _ = try await action.perform(on: "nodo1", ["nodo1": Self.node(), "nodo2": Self.node("nodo2")], in: context)
        }
    }

    @Test("a node on which a virtual machine of libvirt's runs is not idle, also where it came just before the shot")
    func guests() async throws {
        let free = Self.node()
        let busy = Self.node("nodo2", guests: "opencart")
        #expect(verdicts(free, busy) == Self.unproven)
        let good = status(resources: Self.device)
        let context = ScriptedContext { script, node in
            switch script {
            case PacemakerStatus.question.text: .ended(0, "blob status \(good.base64)\n")
            case let text where text.contains("find_guests"): .ended(0, "fact guests late\n")
            default: nil
            }
        }
        // The other one is taken, and looked at once more.
        await #expect(throws: ProcedureFailure("nothing was fenced: nodo1 runs the virtual machine late")) {
            _ = try await action.perform(on: "nodo1", ["nodo1": free, "nodo2": busy], in: context)
        }
        #expect(
            verdicts(Self.node(guests: "shop till"), busy)
                == [
                    .refused(
                        "fencing is proven on an idle node only, and nodo1 runs the virtual machine shop, the virtual "
                            + "machine till; nodo2 runs the virtual machine opencart; to make a node idle, type there: "
                            + "virsh shutdown shop")
                ])
        let silent = verdicts(Self.node(guests: nil), Self.node("nodo2", guests: nil))
        #expect(silent.allSatisfy { $0.isObstacle })
    }

    @Test("the last idle node is fenced from another, waited for, and the proof is left everywhere")
    func whole() async throws {
        let good = status(resources: Self.device)
        let boots = Boots()
        let history = "<r><fence_event target=\"nodo2\" status=\"success\"/></r>"
        let context = ScriptedContext { script, node in
            switch script {
            case PacemakerStatus.question.text: .ended(0, "blob status \(good.base64)\n")
            case let text where text.contains("find_guests"): .ended(0, "fact guests \n")
            case let text where text.contains("boot_id"): .ended(0, "boot-\(boots.next())\n")
            case let text where text.hasPrefix("stonith_admin --reboot"): node == "nodo1" ? .ended(0) : nil
            case let text where text.contains("--history"): .ended(0, "blob history \(history.base64)\n")
            default: .ended(0)
            }
        }
        let nodes = ["nodo1": Self.node(), "nodo2": try reset()] as [NodeName: Observation]
        let figures = try await action.perform(on: "nodo1", nodes, in: context)
        #expect(figures["fenced_node"] == "nodo2")
        #expect(figures.keys.sorted() == ["back_seconds", "fence_seconds", "fenced_node"])
        let marks = context.log.filter { $0.contains("/var/lib/harun/proofs") }
        #expect(marks.count == 2)
        let hash = try hash()
        #expect(marks.filter { $0.contains(hash) } == marks)
    }

    @Test("a run that is resumed after the fence, and before its proof, fences no second time")
    func resumed() async throws {
        let good = status(resources: Self.device)
        let hash = try hash()
        func event(_ time: String) -> String {
            "<fence_event target=\"nodo2\" status=\"success\" completed=\"2026-11-25 \(time)Z\"/>"
        }
        let history = "<r>\(event("10:00:00"))\(event("10:07:00"))</r>"
        for (kept, isFencedAgain) in [
            ("\(hash) nodo2 before 2026-11-2510:00:00Z", false),
            // No fence since, no boot since, or another configuration.
            ("\(hash) nodo2 before 2026-11-2510:00:00Z,2026-11-2510:07:00Z", true),
            ("\(hash) nodo2 boot 2026-11-2510:00:00Z", true), ("other nodo2 before 2026-11-2510:00:00Z", true),
        ] {
            let boots = Boots()
            let context = ScriptedContext { script, node in
                switch script {
                case PacemakerStatus.question.text: .ended(0, "blob status \(good.base64)\n")
                case let text where text.contains("find_guests"): .ended(0, "fact guests \n")
                case let text where text.contains("boot_id"): .ended(0, boots.next() == 1 ? "boot\n" : "after\n")
                case let text where text.contains("--history"):
                    .ended(0, "blob fence \(kept.base64)\nblob history \(history.base64)\n")
                default: .ended(0)
                }
            }
            let figures = try await action.perform(
                on: "nodo1", ["nodo1": Self.node(), "nodo2": reset()], in: context)
            #expect(context.log.contains { $0.contains("stonith_admin --reboot") } == isFencedAgain, "\(kept)")
            #expect((figures["fence_seconds"] != nil) == isFencedAgain)
            #expect(context.log.filter { $0.contains("/var/lib/harun/proofs") }.count == 2)
        }
    }

    @Test("a fence that Pacemaker does not record, or that failed, leaves no proof")
    func failed() async {
        let good = status(resources: Self.device)
        for code in [UInt8(0), 1] {
            let context = ScriptedContext { script, _ in
                switch script {
                case PacemakerStatus.question.text: .ended(0, "blob status \(good.base64)\n")
                case let text where text.contains("find_guests"): .ended(0, "fact guests \n")
                case let text where text.contains("boot_id"): .ended(0, "boot\n")
                case let text where text.hasPrefix("stonith_admin --reboot"): .ended(code)
                case let text where text.contains("--history"): .ended(0)
                case let text where text.contains(">fence && sync"): .ended(0)
                default: nil
                }
            }
            await #expect(throws: ProcedureFailure.self) {
                _ = try await action.perform(
                    on: "nodo1", ["nodo1": Self.node(), "nodo2": Self.node("nodo2")], in: context)
            }
        }
    }

    @Test("the scripts are the golden ones")
    func golden() throws {
        try GoldenScripts.expect(action)
        try GoldenScripts.expect(FencingProveAction.fence("nodo2", within: .seconds(180)), "fencing.prove.fence")
    }

    @Test("one node alone proves nothing")
    func reading() {
        #expect(
            read(FencingProveAction.self, peers: [twoPeers[0]]).messages
                == ["fencing needs a second node to do it"])
    }
}
