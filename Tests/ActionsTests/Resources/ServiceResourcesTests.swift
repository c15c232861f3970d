import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("The service as the cluster's configuration")
struct ServiceResourcesTests {
    @Test("a machine, an address, both or none give the right constraints")
    func constraints() throws {
        func ids(_ pairs: [(String, Value.Content)]) throws -> [String] {
            try service(pairs).fragment(device: Example.device).constraints.map(\.id)
        }
        #expect(
            try ids(Example.service) == [
                "harun-col-vm_opencart-shared_storage", "harun-ord-shared_storage-vm_opencart",
                "harun-col-virtual_ip-vm_opencart", "harun-ord-vm_opencart-virtual_ip",
            ])
        #expect(
            try ids(Example.without("vm")) == [
                "harun-col-virtual_ip-shared_storage", "harun-ord-shared_storage-virtual_ip",
            ])
        #expect(
            try ids(Example.without("address")) == [
                "harun-col-vm_opencart-shared_storage", "harun-ord-shared_storage-vm_opencart",
            ])
        #expect(try ids(Example.without("vm", "address")) == [])
    }

    @Test("addresses are read strictly")
    func addresses() {
        #expect(FloatingAddress("10.0.0.200/24") != nil)
        #expect(FloatingAddress("fd00::5/64")?.isV6 == true)
        for wrong in [
            "10.0.0.200", "10.0.0/24", "10.0.0.256/24", "10.0.0.1/33", "$(id)/24", "10.0.0.1/24/1", "a:$/64", "/24",
        ] {
            #expect(FloatingAddress(wrong) == nil, "\(wrong)")
        }
    }

    @Test(
        "the scheduler starts all on one node, what waits for something after it, and moves all after losing either",
        .enabled(if: Tool.arePresent))
    func scheduled() throws {
        for pairs in [Example.service, Example.without("vm"), Example.without("address")] {
            let service = try service(pairs)
            let fragment = service.fragment(device: Example.device)
            let merged = try Example.idleCIB().merged(with: fragment)
            #expect(try #require(CIB(xml: merged)).differences(to: fragment) == [])
            try Tool.withFolder { folder in
                try merged.write(to: folder.appending(path: "new.xml"), atomically: true, encoding: .utf8)
                let start = try Tool.shell(
                    "crm_verify -V -x new.xml && crm_simulate -x new.xml -S -O up.xml && CIB_file=up.xml crm_mon -1 --output-as=xml >mon",
                    in: folder)
                #expect(start.code == 0, "\(start.output)\(start.errors)")
                #expect(isInOrder(CIBSimulateAction.starts(start.output), service))
                let status = try #require(
                    PacemakerStatus(xml: String(contentsOf: folder.appending(path: "mon"), encoding: .utf8)))
                #expect(status.problems(of: service.ids) == [])
                let place = try #require(status.place(of: service.ids))
                let lost = try Tool.shell(
                    "crm_simulate -x up.xml -S -O lost.xml --node-fail=\(place) && CIB_file=lost.xml crm_mon -1 --output-as=xml >mon",
                    in: folder)
                #expect(lost.code == 0, "\(lost.errors)")
                let after = try #require(
                    PacemakerStatus(xml: String(contentsOf: folder.appending(path: "mon"), encoding: .utf8)))
                #expect(after.problems(of: service.ids) == [])
                #expect(after.place(of: service.ids) == (place == "nodo1" ? "nodo2" : "nodo1"))
                #expect(isInOrder(CIBSimulateAction.starts(lost.output), service))
            }
        }
    }

    /// All of it, the storage first of what needs it.
    private func isInOrder(_ starts: [String], _ service: ServiceResources) -> Bool {
        let ordered = service.machineID.map { [ServiceResources.storageID, $0] } ?? service.ids
        return Set(starts) == Set(service.ids) && starts.filter(ordered.contains) == ordered
    }

    @Test(
        "in an orderly move the address leaves after the machine, and comes before it; a restart of the machine leaves it",
        .enabled(if: Tool.arePresent))
    func addressBeside() throws {
        let fragment = try service(Example.service).fragment(device: Example.device)
        try Tool.withFolder { folder in
            let merged = try Example.idleCIB().merged(with: fragment)
            try merged.write(to: folder.appending(path: "new.xml"), atomically: true, encoding: .utf8)
            let up = try Tool.shell(
                "crm_simulate -x new.xml -S -O up.xml && CIB_file=up.xml crm_mon -1 --output-as=xml >mon", in: folder)
            #expect(up.code == 0, "\(up.errors)")
            let status = try #require(
                PacemakerStatus(xml: String(contentsOf: folder.appending(path: "mon"), encoding: .utf8)))
            let place = try #require(status.place(of: ["shared_storage", "vm_opencart", "virtual_ip"]))
            func lines(_ command: String) throws -> [String] {
                let result = try Tool.shell(command, in: folder)
                #expect(result.code == 0, "\(result.errors)")
                return result.output.split(separator: "\n").filter { $0.contains("Resource action: ") }.map(String.init)
            }
            let move = try lines(
                "CIB_file=up.xml crm_attribute -N \(place) -n standby -v on && crm_simulate -x up.xml -S -O moved.xml")
            func index(_ resource: String, _ action: String) throws -> Int {
                try #require(
                    move.firstIndex { $0.contains(resource) && $0.contains(" \(action) on ") },
                    "\(move.joined(separator: "\n"))")
            }
            #expect(try index("vm_opencart", "stop") < index("virtual_ip", "stop"))
            #expect(try index("virtual_ip", "start") < index("vm_opencart", "start"))
            #expect(try index("shared_storage", "start") < index("vm_opencart", "start"))
            let other = place == "nodo1" ? "nodo2" : "nodo1"
            let restart = try lines(
                "crm_simulate -x moved.xml -S -O again.xml --op-inject=vm_opencart_monitor_30000@\(other)=7")
            #expect(restart.contains { $0.contains("vm_opencart") && $0.contains(" start on ") }, "\(restart)")
            #expect(!restart.contains { $0.contains("virtual_ip") && $0.contains(" stop ") }, "\(restart)")
        }
    }

    @Test(
        "the step that simulates accepts this configuration and names what a missing constraint breaks",
        .enabled(if: Tool.arePresent))
    func simulateStep() throws {
        let action = try make(
            CIBSimulateAction.self,
            [
                "vm": .string("opencart"), "storage": .string("/mnt/shared_storage"),
                "address": .string("10.77.0.200/24"),
            ])
        var fragment = try service(Example.service).fragment(device: Example.device)
        #expect(try verdict(action, fragment) == .satisfied)
        fragment.constraints = []
        guard case .refused(let why) = try verdict(action, fragment) else {
            Issue.record("a service without constraints was accepted")
            return
        }
        #expect(why.contains("they run apart"), "\(why)")
    }

    @Test(
        "a second machine on the file system is simulated too, and refused where nothing binds it there",
        .enabled(if: Tool.arePresent))
    func secondMachine() throws {
        let action = try make(
            CIBSimulateAction.self, ["vm": .string("opencart"), "storage": .string("/mnt/shared_storage")])
        var fragment = try service(Example.without("address")).fragment(device: Example.device)
        fragment.primitives.append(
            .init(
                "vm_b", agent: "ocf:heartbeat:VirtualDomain", attributes: ["config": "/mnt/shared_storage/b.xml"]))
        guard case .refused(let why) = try verdict(action, fragment) else {
            Issue.record("a machine that nothing binds to its disk was accepted")
            return
        }
        #expect(why.contains("vm_b needs /mnt/shared_storage, and nothing keeps it with shared_storage"), "\(why)")
        fragment.constraints += [
            .colocation(id: "c", resource: "vm_b", with: "shared_storage"),
            .order(id: "o", first: "shared_storage", then: "vm_b"),
        ]
        #expect(try verdict(action, fragment) == .satisfied)
        // Where it must stay behind, it is named.
        fragment.constraints.append(.location(id: "l", resource: "vm_b", node: "nodo2", score: "-INFINITY"))
        let stuck = try #require(try verdict(action, fragment)).reason
        #expect(stuck.contains("after losing nodo1: vm_b, which needs shared_storage too, is stopped"), "\(stuck)")
        #expect(!stuck.contains("vm_opencart"))
    }

    @Test("a failure that the cluster still remembers is named with the command that clears it")
    func rememberedFailure() throws {
        let action = try make(
            CIBSimulateAction.self, ["vm": .string("opencart"), "storage": .string("/mnt/shared_storage")])
        let ids = ["shared_storage", "vm_opencart"]
        let idle = try Example.idleCIB().xml
        func verdict(_ failures: String) -> Verdict? {
            var observation = found(secrets: ["cib": idle])
            for (key, node) in [("idle", "nodo1"), ("lose-nodo1", "nodo2"), ("lose-nodo2", "nodo1")] {
                observation.facts["after-\(key)"] = Example.status(on: node, failures: failures, ids: ids)
            }
            return action.judge(["nodo1": observation])["nodo1"]
        }
        #expect(verdict("") == .satisfied)
        let failure =
            "<failure op_key=\"vm_opencart_monitor_30000\" node=\"nodo1\" exitstatus=\"error\" exitcode=\"1\" exitreason=\"\"/>"
        #expect(verdict(failure)?.reason.hasSuffix("on any node: crm_resource --cleanup") == true)
    }

    /// The verdict on a cluster where the fragment is in place and started.
    private func verdict(_ action: CIBSimulateAction, _ fragment: CIBFragment) throws -> Verdict? {
        try Tool.withFolder { folder in
            let merged = try Example.idleCIB().merged(with: fragment)
            try merged.write(to: folder.appending(path: "new.xml"), atomically: true, encoding: .utf8)
            _ = try Tool.shell("crm_simulate -x new.xml -S -O live.xml", in: folder)
            let result = try Tool.shell(
                "\(ScriptPrelude.text)\n\(action.probe("nodo1").text)", in: folder,
                environment: ["CIB_file": "\(folder.path)/live.xml"])
            #expect(result.code == 0, "\(result.errors)")
            var observation = Observation(code: UInt8(truncatingIfNeeded: result.code))
            for line in result.output.split(separator: "\n") { observation.take(line) }
            return action.judge(["nodo1": observation])["nodo1"]
        }
    }
}
