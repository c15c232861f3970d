import Reporting
import Testing
import Transport

@Suite("node names in short")
struct NodeRangesTests {
    @Test(
        "names that differ in their last number are one entry",
        arguments: [
            ("", ""), ("nodo1", "nodo1"), ("nodo1 nodo2 nodo3", "nodo[1-3]"), ("nodo1 nodo2", "nodo[1-2]"),
            ("nodo3 nodo1 nodo5 nodo2", "nodo[1-3,5]"), ("nodo1 db nodo2", "nodo[1-2], db"), ("db", "db"),
            ("web09 web10 web11", "web[09-11]"), ("web09 web1", "web09, web1"), ("web1 web10", "web[1,10]"),
            ("r1n1.lan r1n2.lan r2n1.lan", "r1n[1-2].lan, r2n1.lan"), ("9 10 11", "[9-11]"),
            ("n18446744073709551616 n1", "n18446744073709551616, n1"), ("n1 n1", "n[1]"),
        ])
    func ranges(names: String, expected: String) {
        #expect(NodeRanges.text(names.split(separator: " ").map { NodeName(String($0)) }) == expected)
    }
}
