import Documents
import Foundation
import Settings
import Steps
import Testing
import Transport

@testable import Actions

@Suite("address.check")
struct AddressCheckTests {
    private func action(_ interface: String? = nil, probe: String? = nil) throws -> AddressCheck {
        try make(
            AddressCheck.self,
            pairs: [("address", .string("10.77.1.200/24"))] + (interface.map { [("interface", .string($0))] } ?? [])
                + (probe.map { [("probe", .string($0))] } ?? []))
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

    @Test("an interface of networkd's that does not keep addresses is remarked on, with what to type")
    func networkd() throws {
        let seen = found(["nic": "br0", "networkd.file": "/run/systemd/network/10-netplan-br0.network"])
        let remark = try #require(try action().remarks(["nodo1": seen, "nodo2": found(["nic": "br0"])])["nodo1"])
        #expect(remark.contains("manages br0"))
        #expect(
            remark.hasSuffix(
                "mkdir -p /etc/systemd/network/10-netplan-br0.network.d && printf '[Network]\\nKeepConfiguration=static\\n' "
                    + ">/etc/systemd/network/10-netplan-br0.network.d/harun.conf"))
        #expect(try action().remarks(["nodo2": found(["nic": "br0"])]) == [:])
    }

    @Test(
        "what networkd says of the interface is read with its drop-ins, the last word counting",
        arguments: [
            ([:], nil), (["links/7": "ADMIN_STATE=unmanaged"], nil),
            (
                ["links/7": "NETWORK_FILE=@/net/10-br0.network", "net/10-br0.network": "[Network]\nDHCP=yes"],
                "10-br0.network"
            ),
            (
                ["links/7": "NETWORK_FILE=@/net/10-br0.network", "net/10-br0.network": "KeepConfiguration = static"],
                nil
            ),
            (
                [
                    "links/7": "NETWORK_FILE=@/net/10-br0.network", "net/10-br0.network": "KeepConfiguration=no",
                    "etc/10-br0.network.d/harun.conf": "[Network]\nKeepConfiguration=yes",
                ], nil
            ),
            (
                [
                    "links/7": "NETWORK_FILE=@/net/10-br0.network", "net/10-br0.network": "KeepConfiguration=yes",
                    "etc/10-br0.network.d/z.conf": "KeepConfiguration=dhcp",
                ], "10-br0.network"
            ),
        ] as [([String: String], String?)])
    func networkdFiles(files: [String: String], name: String?) throws {
        let output = try Tool.withFolder { folder in
            for (path, text) in files.merging(["class/br0/ifindex": "7"], uniquingKeysWith: { $1 }) {
                let file = folder.appending(path: path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data("\(text)\n".replacing("@", with: folder.path).utf8).write(to: file)
            }
            var script = NetworkdLink.probe
            for (place, path) in [
                ("/sys/class/net", "class"), ("/run/systemd/netif/links", "links"), ("/etc/systemd/network", "etc"),
            ] { script = script.replacing(place, with: "\(folder.path)/\(path)") }
            return try Tool.shell("\(ScriptPrelude.text)\nnic=br0\n\(script)", in: folder).output
        }
        #expect(
            output.hasPrefix("fact networkd.file") == (name != nil) && name.map(output.contains) ?? output.isEmpty,
            "\(output)")
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

    @Test("where a failover could not be measured from here, that is said before anything is built")
    func measured() throws {
        let ping = OutsideTarget.icmp(host: "10.77.1.11")
        let port = OutsideTarget.answer(host: "10.77.1.11")
        // The node's address in the network of the floating one, and no other.
        #expect(try action(probe: "icmp").outside("nodo1") == [ping, port])
        #expect(try action(probe: "http://10.77.9.9/").outside("nodo1") == [ping, port])
        for probe in ["tcp:80", "http://10.77.1.200/"] { #expect(try action(probe: probe).outside("nodo1") == []) }
        #expect(try action().outside("nodo1") == [])
        func verdict(_ answers: [OutsideTarget: Bool], _ facts: [String: String] = [:]) throws -> Verdict? {
            var node = found(["nic": "br0"].merging(facts) { $1 })
            for (target, isAnswered) in answers { node.note(target, answers: isAnswered) }
            return try action(probe: "icmp").judge(["nodo1": node, "nodo2": found(["nic": "br0"])])["nodo1"]
        }
        #expect(try verdict([ping: true, port: true]) == .satisfied)
        #expect(try verdict([ping: false, port: true]) == .satisfied)
        // Nobody could ask.
        #expect(try verdict([:]) == .satisfied)
        let refused = try verdict([ping: false, port: false])?.reason ?? ""
        #expect(refused.contains("10.77.1.11 of nodo1 answers this machine neither by ICMP nor on TCP port 22"))
        #expect(refused.contains("[failover] probe = \"tcp:PORT\""))
        // The failover itself asks the address then.
        #expect(try verdict([ping: false, port: false], ["clustered": "yes"]) == .satisfied)
    }

    @Test(
        "what lies in one network",
        arguments: [
            ("10.77.1.200/24", "10.77.1.11", true), ("10.77.1.200/24", "10.77.2.11", false),
            ("10.77.1.200/24", "10.77.1.200", false), ("10.77.1.200/25", "10.77.1.11", false),
            ("10.77.1.200/22", "10.77.2.11", true), ("10.77.1.200/24", "fd00::1", false),
            ("10.77.1.200/24", "nodo1.example", false), ("fd00::200/64", "fd00:0:0::11", true),
            ("fd00::200/64", "fd00:0:0:1::11", false), ("10.77.1.200/32", "10.77.1.11", false),
        ])
    func networks(address: String, other: String, expected: Bool) throws {
        #expect(try FloatingAddress(address).isBeside(other) == expected)
    }

    @Test("what a runbook may say is checked")
    func reading() {
        #expect(read(AddressCheck.self).messages == ["`with` needs `address`"])
        #expect(
            read(AddressCheck.self, ["address": .string("10.0.0.1")]).messages
                == ["\"10.0.0.1\" must be an address with its network's prefix, such as 192.168.100.200/24"])
    }

    @Test("the scripts are the golden ones")
    func golden() throws {
        try GoldenScripts.expect(try action())
        try GoldenScripts.expect(try action("br0").probe("nodo1"), "address.check.interface.probe")
    }
}
