import Documents
import Testing
import Transport

@testable import Actions

@Suite("address.check")
struct AddressCheckTests {
    private func action(_ interface: String? = nil) throws -> AddressCheck {
        try make(
            AddressCheck.self,
            pairs: [("address", .string("10.77.1.200/24"))] + (interface.map { [("interface", .string($0))] } ?? []))
    }

    @Test("an address that is free, or the cluster's own, is well; one that somebody has is refused")
    func states() throws {
        let free = found(["nic": "br0"])
        let taken = found(["nic": "br0", "answers": "yes"])
        let clustered = found(["nic": "br0", "clustered": "yes"])
        #expect(try action().judge(["nodo1": free, "nodo2": free]).values.allSatisfy { $0 == .satisfied })
        // One node does not run the cluster just now, and hears the other's answer.
        #expect(try action().judge(["nodo1": clustered, "nodo2": taken]).values.allSatisfy { $0 == .satisfied })
        let verdicts = try action().judge(["nodo1": free, "nodo2": taken])
        #expect(verdicts["nodo1"] == .satisfied)
        #expect(
            verdicts["nodo2"]
                == .refused("somebody already answers for 10.77.1.200; give [address] one that is free"))
    }

    @Test("a node without an interface for it is refused, and one that was not asked never passes")
    func interface() throws {
        let free = found(["nic": "br0"])
        let none = found(["networks": "eno1 10.77.9.2/24, wan0 1.2.3.4/30, "])
        #expect(
            try action().judge(["nodo1": free, "nodo2": none])["nodo2"]
                == .refused(
                    "no interface of nodo2 is in the network of 10.77.1.200/24; the address could not be there: "
                        + "nodo2 has eno1 10.77.9.2/24, wan0 1.2.3.4/30"))
        #expect(
            try action("br9").judge(["nodo1": free, "nodo2": found()])["nodo2"]
                == .refused(
                    "nodo2 has no interface br9; the address could not be there: nodo2 has no network of that family"))
        #expect(
            try action().judge(["nodo1": free, "nodo2": found(["nic.several": "br0 eno1"])])["nodo2"]
                == .refused(
                    "br0 and eno1 of nodo2 are both in the network of 10.77.1.200/24; name the one to use: [address] "
                        + "interface = \"…\", the same on every node"))
        #expect(try action().judge(["nodo1": free])["nodo2"]?.isObstacle == true)
    }

    @Test("what a runbook may say is checked")
    func reading() {
        #expect(read(AddressCheck.self).messages == ["`with` needs `address`"])
        #expect(
            read(AddressCheck.self, ["address": .string("10.0.0.1")]).messages
                == ["`address` must be written as 192.168.100.200/24"])
    }

    @Test("the scripts are the golden ones")
    func golden() throws {
        try GoldenScripts.expect(try action())
        try GoldenScripts.expect(try action("br0").probe("nodo1"), "address.check.interface.probe")
    }
}
