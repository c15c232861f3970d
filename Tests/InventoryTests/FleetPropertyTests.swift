import Documents
import Glibc
import Inventory
import Settings
import TestSupport
import Testing
import Transport

@Suite("Fleet, on random inventories")
struct FleetPropertyTests {
    /// A seed from `HARUN_SEED` or a new one, printed so that a failure can be had again.
    private func seed(for test: String) -> UInt64 {
        let seed = getenv("HARUN_SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0..<1_000_000_000)
        print("\(test): HARUN_SEED=\(seed)")
        return seed
    }

    /// A random sequence that a seed repeats (xorshift).

    @Test("what is written as an inventory is read back as it was")
    func roundTrip() throws {
        var random = SeededGenerator(seed: seed(for: "roundTrip"))
        for _ in 0..<200 {
            let nodes = (0..<Int.random(in: 2...5, using: &random)).map { index in
                Node(
                    name: NodeName("n\(index)-\(Int.random(in: 0...99, using: &random))"),
                    address: "192.0.2.\(index + 1)", links: ["10.0.\(index).1", "2001:db8::\(index + 1)"],
                    groups: Bool.random(using: &random) ? ["g\(index)"] : [],
                    ssh: SSHSettings(
                        user: Bool.random(using: &random) ? "root" : "u\(index)",
                        port: .random(in: 1...65535, using: &random), identities: ["/keys/\(index)"],
                        knownHosts: "/hosts/\(index)", given: ["user", "port", "identity", "known_hosts"]))
            }
            let storage = Storage(
                unit: .lun(.random(in: 0...8, using: &random)), mount: "/mnt/d\(Int.random(in: 0...9, using: &random))",
                format: [.never, .ifEmpty, .force(wwid: "0x6001405000000001")].randomElement(using: &random) ?? .never,
                readLimit: ByteCount(bytes: .random(in: 1...4096, using: &random) << 20),
                mmp: [nil, true, false].randomElement(using: &random) ?? nil)
            let address = Address(
                FloatingAddress(
                    ip: try #require(IPAddress("192.0.2.77")), prefix: .random(in: 8...24, using: &random)))
            let failover = Failover(
                budget: .seconds(Int.random(in: 1...999, using: &random)),
                probe: .tcp(.random(in: 1...65535, using: &random)))
            let text = render(nodes, storage, address, failover)
            let fleet = try Reading.fleet(text)
            try #require(fleet.nodes == nodes, "\(text)")
            try #require(fleet.storage == storage, "\(text)")
            try #require(fleet.address == address, "\(text)")
            try #require(fleet.failover == failover, "\(text)")
        }
    }

    private func render(_ nodes: [Node], _ storage: Storage, _ address: Address, _ failover: Failover) -> String {
        var text = "[cluster]\nname = \"c\"\n" + Reading.iscsi + Reading.noFencing
        for node in nodes {
            text += "[[node]]\nname = \"\(node.name)\"\naddress = \"\(node.address)\"\nlinks = \(node.links)\n"
            text += node.groups.isEmpty ? "" : "groups = \(node.groups)\n"
            text += "user = \"\(node.ssh.user)\"\nport = \(node.ssh.port)\nidentity = \"\(node.ssh.identities[0])\"\n"
            text += "known_hosts = \"\(node.ssh.knownHosts)\"\n"
        }
        if case .lun(let lun, _) = storage.unit { text += "[storage]\nlun = \(lun)\n" }
        text += "mount = \"\(storage.mount)\"\nformat = \"\(storage.format.text)\"\n"
        text += "read_limit = \"\(storage.readLimit.shorthand)\"\n" + (storage.mmp.map { "mmp = \($0)\n" } ?? "")
        text += "[address]\nip = \"\(address.floating)\"\n"
        return text + "[failover]\nbudget = \"\(Int(failover.budget.inSeconds))s\"\nprobe = \"\(failover.probe)\"\n"
    }

    @Test("a mutilated inventory is read, or refused with places that are in the file")
    func mutations() throws {
        var random = SeededGenerator(seed: seed(for: "mutations"))
        let words = Array("\"'[]{}=.,#\n\\ /0-9:é\u{0}\u{1B}".utf8)
        for _ in 0..<1500 {
            var bytes = Array(InventoryTemplate.text.utf8)
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes[place] = words.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: place)
                case 2: bytes.removeSubrange(place..<min(bytes.count, place + 40))
                default: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 40)], at: place)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
            do throws(DiagnosticError) {
                _ = try Reading.fleet(text)
            } catch {
                try #require(!error.diagnostics.isEmpty)
                for diagnostic in error.diagnostics {
                    let place = diagnostic.location
                    try #require((1...lines.count).contains(place.line), "\(error)")
                    try #require((1...lines[place.line - 1].count + 1).contains(place.column), "\(error)")
                }
            }
        }
    }

    @Test("an inventory of thousands of nodes is read in no time")
    func manyNodes() throws {
        let text = (0..<4000).map { index in
            "[[node]]\nname = \"n\(index)\"\naddress = \"10.0.\(index / 250).\(index % 250 + 1)\"\nport = 2222\n"
        }.joined()
        var count = 0
        let duration = try ContinuousClock().measure { count = try Reading.fleet(text).nodes.count }
        #expect(count == 4000)
        print("4000 nodes: \(duration)")
        #expect(duration < .seconds(60))
    }
}
