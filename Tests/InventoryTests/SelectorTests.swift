import Inventory
import Testing
import Transport

@Suite("Selector")
struct SelectorTests {
    private func select(_ text: String) throws -> [String] {
        let names = ["nodo1", "nodo2", "web1", "web2", "web10"]
        let fleet = try Reading.fleet(
            names.enumerated().map { index, name in
                let groups = name.hasPrefix("web") ? "[\"front\"]" : "[\"core\", \"rack-\(index)\"]"
                return "[[node]]\nname = \"\(name)\"\naddress = \"192.0.2.\(index + 1)\"\ngroups = \(groups)\n"
            }.joined())
        return try fleet.select(Selector(text)).map(\.name.text)
    }

    @Test(
        "names, globs, groups and exclusions are joined from left to right",
        arguments: [
            ("nodo1", "nodo1"), ("nodo1,web*,!web2", "nodo1 web1 web10"), ("web?", "web1 web2"),
            ("*", "nodo1 nodo2 web1 web2 web10"), ("all", "nodo1 nodo2 web1 web2 web10"),
            ("front", "web1 web2 web10"), ("core,!rack-0", "nodo2"), ("rack-*", "nodo1 nodo2"),
            ("!front", "nodo1 nodo2"), (" web10 , nodo2 ", "nodo2 web10"), ("web1,web1", "web1"),
            ("!front,web1", "nodo1 nodo2 web1"), ("w*1*", "web1 web10"), ("n*o*2", "nodo2"),
        ])
    func selections(text: String, expected: String) throws {
        #expect(try select(text).joined(separator: " ") == expected)
    }

    @Test(
        "a selector that meets nothing, in whole or in part, is an error",
        arguments: [
            ("nodo3", "no node or group is named \"nodo3\"; did you mean \"nodo1\"?"),
            ("nodo1,db*", "no node or group is named \"db*\""),
            ("*,!wbe1", "no node or group is named \"wbe1\"; did you mean \"web1\"?"),
            ("nodo1,!nodo1", "the selector \"nodo1,!nodo1\" leaves no node"),
            ("!*", "the selector \"!*\" leaves no node"),
            ("", "the selector \"\" has an empty or broken part: \"\""),
            ("nodo1,", "the selector \"nodo1,\" has an empty or broken part: \"\""),
            ("nodo1 nodo2", "the selector \"nodo1 nodo2\" has an empty or broken part: \"nodo1 nodo2\""),
            ("!", "the selector \"!\" has no name behind `!`"), ("!!a", "the selector \"!!a\" has no name behind `!`"),
        ])
    func errors(text: String, expected: String) {
        let error = #expect(throws: SelectorError.self) { try select(text) }
        #expect(error?.description == expected)
    }
}
