import Foundation
import Settings
import Steps
import Testing
import Transport

@testable import Actions

/// The script itself, in network namespaces with the kernel's own routes, beside what the agent would choose.
@Suite("A node's interface for the floating address is found by its network", .enabled(if: geteuid() == 0))
struct AddressProbeTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// The interfaces are `br0` and `eno1`, a veth pair that is up.
        var setup: String
        var address: String
        var interface: String?
        /// The interface, nil for a refusal.
        var nic: String?
        /// Words of the refusal.
        var says: String = ""
    }

    static let cases: [Case] = [
        Case(
            testDescription: "a free address", setup: "ip addr add 10.77.1.11/24 dev eno1", address: "10.77.1.200/24",
            nic: "eno1"),
        Case(
            testDescription: "the node that holds the address",
            setup: "ip addr add 10.77.1.11/24 dev eno1; ip addr add 10.77.1.200/24 dev eno1", address: "10.77.1.200/24",
            nic: "eno1"),
        Case(
            testDescription: "the node that holds it as a secondary of another network's interface",
            setup:
                "ip addr add 10.9.0.1/16 dev br0; ip addr add 10.77.1.11/24 dev br0; ip addr add 10.77.1.200/24 dev br0",
            address: "10.77.1.200/24", nic: "br0"),
        Case(
            testDescription: "a /32 goes where its network is, held or not",
            setup: "ip addr add 10.77.1.11/24 dev eno1; ip addr add 10.77.1.200/32 dev eno1", address: "10.77.1.200/32",
            nic: "eno1"),
        Case(
            testDescription: "the narrower of two networks",
            setup: "ip addr add 10.77.0.11/16 dev br0; ip addr add 10.77.1.11/24 dev eno1", address: "10.77.1.200/24",
            nic: "eno1"),
        Case(
            testDescription: "a route through a gateway is no network of the node",
            setup:
                "ip addr add 10.9.0.1/16 dev br0; ip route add 10.77.1.0/24 via 10.9.0.2; ip route add default via 10.9.0.2",
            address: "10.77.1.200/24", says: "no interface of nodo1 is in the network of 10.77.1.200/24"),
        Case(
            testDescription: "no network, and the node's own are named", setup: "ip addr add 10.9.0.1/16 dev br0",
            address: "10.77.1.200/24", says: "nodo1 has br0 10.9.0.1/16"),
        Case(
            testDescription: "two interfaces in one network",
            setup: "ip addr add 10.77.1.11/24 dev br0; ip addr add 10.77.1.12/24 dev eno1", address: "10.77.1.200/24",
            says: "br0 and eno1 of nodo1 are both in the network"),
        Case(
            testDescription: "two interfaces in one network, one named",
            setup: "ip addr add 10.77.1.11/24 dev br0; ip addr add 10.77.1.12/24 dev eno1", address: "10.77.1.200/24",
            interface: "br0", nic: "br0"),
        Case(
            testDescription: "the other interface has the network, and this one is named",
            setup: "ip addr add 10.77.1.11/24 dev br0; ip addr add 10.77.2.11/24 dev eno1", address: "10.77.1.200/24",
            interface: "eno1", says: "the network of 10.77.1.200/24 is on br0 of nodo1 and not on eno1"),
        Case(
            testDescription: "an interface in a wider network than another has, and it is named",
            setup: "ip addr add 10.77.0.11/16 dev br0; ip addr add 10.77.1.11/24 dev eno1", address: "10.77.1.200/24",
            interface: "br0", nic: "br0"),
        Case(
            testDescription: "no interface has the network, and one is named: an address that a router knows",
            setup: "ip addr add 10.9.0.1/16 dev br0", address: "10.77.1.200/32", interface: "br0", nic: "br0"),
        Case(
            testDescription: "an IPv6 address on an interface without its network",
            setup: "ip addr add fd00::11/64 dev br0; ip addr add fd01::11/64 dev eno1", address: "fd00::200/64",
            interface: "eno1", says: "on br0 of nodo1 and not on eno1"),
        Case(
            testDescription: "an interface that is not there", setup: "ip addr add 10.77.1.11/24 dev br0",
            address: "10.77.1.200/24", interface: "br9", says: "nodo1 has no interface br9"),
        Case(
            testDescription: "IPv6, held as /64",
            setup: "ip addr add fd00::11/64 dev eno1; ip addr add fd00::200/64 dev eno1",
            address: "fd00::200/64", nic: "eno1"),
        Case(
            testDescription: "IPv6, held as /128",
            setup: "ip addr add fd00::11/64 dev eno1; ip addr add fd00::200/128 dev eno1", address: "fd00::200/128",
            nic: "eno1"),
        Case(
            testDescription: "IPv6 without a network", setup: "ip addr add fd01::11/64 dev eno1",
            address: "fd00::200/64",
            says: "nodo1 has eno1 fd01::11/64"),
    ]

    private static let findif = "/usr/lib/ocf/lib/heartbeat/findif.sh"

    private func run(_ one: Case, _ script: String) throws -> (code: UInt8, output: String) {
        try MountTable.copies.during {
            try shell(
                """
                unshare -nm sh -s <<'OUTER'
                mount -t sysfs sysfs /sys
                \(ScriptPrelude.text)
                ip link set lo up; ip link add br0 type veth peer name eno1
                for nic in br0 eno1; do ip link set $nic up; done
                \(one.setup)
                \(script)
                OUTER
                """)
        }
    }

    @Test("each node finds its own, and says what it has where there is none", arguments: cases)
    func found(one: Case) throws {
        let address = try FloatingAddress(one.address)
        let probe = AddressProbe(address: address, interface: one.interface)
        let result = try run(one, probe.words)
        #expect(result.code == 0, "\(result.output)")
        var observation = Observation(code: 0)
        for line in result.output.split(separator: "\n") { observation.take(line) }
        #expect(observation.facts["nic"] == one.nic, "\(result.output)")
        let refusal = probe.refusal(observation.facts, on: "nodo1")
        #expect((refusal == nil) == (one.nic != nil))
        if let refusal { #expect(refusal.contains(one.says), "\(refusal)") }
    }

    @Test(
        "the agent that gets no interface takes the same one",
        .enabled(if: FileManager.default.fileExists(atPath: findif)), arguments: cases)
    func agent(one: Case) throws {
        guard let nic = one.nic, one.interface == nil else { return }
        let address = try FloatingAddress(one.address)
        let result = try run(
            one,
            """
            set +u; ocf_log() { :; }; OCF_SUCCESS=0; OCF_ERR_GENERIC=1; OCF_ERR_CONFIGURED=6; IP2UTIL=ip; __OCF_ACTION=start
            OCF_RESKEY_nic=; OCF_RESKEY_broadcast=; OCF_RESKEY_ip=\(address.ip); OCF_RESKEY_cidr_netmask=\(address.prefix)
            . \(Self.findif); findif
            """)
        #expect(result.output.hasPrefix("\(nic) netmask \(address.prefix) "), "\(result.output)")
    }
}
