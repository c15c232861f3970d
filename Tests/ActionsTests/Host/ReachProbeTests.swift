import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// The scripts themselves, between two network namespaces with the kernel's own neighbours and refusals.
@Suite("A host that answers no ping is found all the same", .enabled(if: geteuid() == 0), .serialized)
struct ReachProbeTests {
    /// Runs with the words of the probe, beside a host `10.9.0.2` of which `there COMMAND…` runs in its place.
    private func run(_ script: String) throws -> (code: UInt8, output: String) {
        try MountTable.copies.during {
            try shell(
                """
                unshare -nm sh -s <<'OUTER'
                mount -t sysfs sysfs /sys
                \(ScriptPrelude.text)
                \(ReachProbe.words)
                ip link set lo up
                unshare -n sleep 120 & host=$!
                until [ "$(readlink /proc/$host/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.05; done
                there() { nsenter -t $host -n "$@"; }
                ip link add name v0 type veth peer name v1 netns $host
                ip link set v0 up; ip addr add 10.9.0.1/24 dev v0; ip addr add fd09::1/64 dev v0 nodad
                there ip link set v1 up; there ip addr add 10.9.0.2/24 dev v1; there ip addr add fd09::2/64 dev v1 nodad
                filter() {
                    there sh -c 'echo 1 >/proc/sys/net/ipv4/icmp_echo_ignore_all; echo 1 >/proc/sys/net/ipv6/icmp/echo_ignore_all'
                }
                \(script)
                kill $host
                OUTER
                """)
        }
    }

    @Test("by its answer, by its refusal, or as a neighbour; and one that is not there is not")
    func reach() throws {
        let result = try run(
            """
            echo "open $(reach 10.9.0.2) $(reach fd09::2)"
            filter
            echo "filtered $(reach 10.9.0.2) $(reach fd09::2)"
            # No packet of IP comes back any more, as where all but the cluster's own ports are dropped.
            there ip route del 10.9.0.0/24; there ip route add blackhole 10.9.0.1/32
            (echo "nobody $(reach 10.9.0.77)") & nobody=$!
            echo "neighbour $(reach 10.9.0.2)"
            wait $nobody
            echo "elsewhere $(reach 10.10.0.1)"
            """)
        let lines = Set(result.output.split(separator: "\n").map(String.init))
        #expect(
            lines == ["open yes yes", "filtered quiet quiet", "neighbour quiet", "nobody no", "elsewhere no"],
            "\(result.output)")
    }

    @Test("whoever has the floating address is found although it answers no ping")
    func taken() throws {
        func answers(_ ip: String, _ before: String) throws -> Bool {
            let action = try make(AddressCheck.self, ["address": .string("\(ip)/24")])
            let result = try run("\(before)\n(\(action.probe("nodo1").text))")
            #expect(result.output.contains("fact nic v0"), "\(result.output)")
            return result.output.contains("fact answers yes")
        }
        #expect(try answers("10.9.0.2", ":"))
        #expect(try answers("10.9.0.2", "filter"))
        #expect(try !answers("10.9.0.3", "filter"))
    }
}
