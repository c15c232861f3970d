import Foundation
import Inventory
import Testing

@Suite("InventoryTemplate")
struct InventoryTemplateTests {
    private func file(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test("the inventory of `harun init` is valid as it stands, and enough for a cluster")
    func valid() throws {
        #expect(Reading.errors(InventoryTemplate.text) == "")
        try Reading.fleet(InventoryTemplate.text).requireCluster()
    }

    @Test("the example in the repository is the same text")
    func example() throws {
        #expect(try file("inventory/example.toml") == InventoryTemplate.text)
    }

    @Test("whatever is commented out is valid too, where it replaces what stands there")
    func alternatives() throws {
        let edits = [
            ("# identity", "identity"), ("# known_hosts", "known_hosts"), ("# jump", "jump"), ("# groups", "groups"),
            ("user = \"root\" ", "user = \"admin\""), ("# sudo", "sudo"),
            ("# chap = { user = \"harun\", password = { env", "chap = { user = \"harun\", password = { env"),
            ("# read_limit", "read_limit"), ("# mmp", "mmp"),
            ("method = \"sbd\"    ", "method = \"none\"   "), ("# accept_data_loss", "accept_data_loss"),
        ]
        let text = edits.reduce(InventoryTemplate.text) { $0.replacing($1.0, with: $1.1) }
        #expect(Reading.errors(text) == "")
        let fleet = try Reading.fleet(text)
        #expect(fleet.ssh.given == ["user", "port", "identity", "known_hosts", "jump"])
        #expect(fleet.iscsi?.chap != nil && fleet.fencing?.method == Fencing.Method.none)
    }

    @Test("every key of the reference is in the template, and every key of the template in the reference")
    func reference() throws {
        let reference = try file("docs/inventory-reference.md")
        let documented = Set(reference.matches(of: #/(?m)^\| `([a-z_]+)` \|/#).map { String($0.1) })
        let keys = Set(
            InventoryTemplate.text.matches(of: #/(?m)^(?:# )?([a-z_]+) = /#).map { String($0.1) }
                + ["wwid", "password", "env", "file"])
        #expect(keys.subtracting(documented) == [])
        #expect(documented.subtracting(keys) == [])
    }
}
