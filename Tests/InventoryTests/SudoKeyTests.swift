import Inventory
import Testing
import Transport

@Suite("How another user than root becomes root")
struct SudoKeyTests {
    private func ways(_ ssh: String, node: String = "") throws -> [SudoWay] {
        let text = "[ssh]\n\(ssh)\n\(Reading.node)\(node)\n\(Reading.secondNode)"
        return try Reading.fleet(text).nodes.map { $0.endpoint().sudo }
    }

    @Test("any program is the default, a node goes before [ssh], and root may have either word for all")
    func values() throws {
        #expect(try ways("user = \"admin\"") == [.all, .all])
        #expect(try ways("user = \"admin\"\nsudo = \"wrapper\"") == [.wrapper, .wrapper])
        #expect(try ways("user = \"admin\"\nsudo = \"wrapper\"", node: "sudo = \"all\"") == [.all, .wrapper])
        #expect(try ways("user = \"root\"", node: "user = \"admin\"\nsudo = \"wrapper\"") == [.wrapper, .all])
        #expect(try ways("sudo = \"all\"") == [.all, .all])
    }

    @Test("other words, and a record that there would not be, are refused where they stand")
    func refused() {
        #expect(
            Reading.errors("\(Reading.node)[ssh]\nuser = \"admin\"\nsudo = \"ALL\"")
                == "i.toml:6:8: error: `sudo` must be one of \"all\", \"wrapper\", not \"ALL\"")
        #expect(
            Reading.errors("\(Reading.node)[ssh]\nsudo = \"wrapper\"")
                == "i.toml:5:8: error: n1 is reached as root, who needs no sudo: "
                + "`sudo = \"wrapper\"` needs another `user`")
    }
}
