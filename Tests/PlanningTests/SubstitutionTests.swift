import Documents
import Testing

@testable import Planning

@Suite("Settings of the inventory in a runbook")
struct SubstitutionTests {
    private let place = SourceLocation(file: "r.toml", line: 3, column: 5)

    private func lookup(_ path: String) -> Value? {
        let known: [String: Value.Content] = [
            "s.text": .string("ext4"), "s.number": .integer(3), "s.truth": .boolean(true),
            "s.list": .array([Value(.string("a"), at: place)]), "s.table": .table(Table([], at: place)),
            "s.reference": .string("${s.text}"),
        ]
        return known[path].map { Value($0, at: SourceLocation(file: "inventory.toml", line: 1, column: 1)) }
    }

    private func fill(_ text: String) -> (content: Value.Content?, errors: [String]) {
        var substitution = Substitution(lookup)
        let value = substitution.value(Value(.string(text), at: place))
        return (value?.content, substitution.diagnostics.map(\.description))
    }

    @Test("a string that is one reference takes the setting's type")
    func wholeReference() {
        #expect(fill("${s.text}").content == .string("ext4"))
        #expect(fill("${s.number}").content == .integer(3))
        #expect(fill("${s.truth}").content == .boolean(true))
        #expect(fill("${s.list}").content == lookup("s.list")?.content)
    }

    @Test("what was filled in is shown at the runbook's place, not at the inventory's")
    func location() {
        var substitution = Substitution(lookup)
        #expect(substitution.value(Value(.string("${s.number}"), at: place))?.location == place)
    }

    @Test("a reference to an absent setting falls away, out of tables and arrays too")
    func absent() {
        #expect(fill("${s.absent}").content == nil)
        #expect(fill("${s.absent}").errors == [])
        var substitution = Substitution(lookup)
        func entry(_ key: String, _ content: Value.Content) -> Table.Entry {
            Table.Entry(key: key, keyLocation: place, value: Value(content, at: place))
        }
        let inner = Value(
            .array([Value(.string("${s.absent}"), at: place), Value(.string("b"), at: place)]), at: place)
        let table = substitution.table(
            Table([entry("gone", .string("${s.absent}")), entry("list", inner.content)], at: place))
        #expect(table.entries.map(\.key) == ["list"])
        #expect(table["list"]?.array?.compactMap(\.string) == ["b"])
    }

    @Test("inside a longer string the setting's text is put in, and must be there and single")
    func inside() {
        #expect(fill("mkfs.${s.text} -L ${s.number} ${s.truth}").content == .string("mkfs.ext4 -L 3 true"))
        #expect(fill("x ${s.absent}").errors == ["r.toml:3:5: error: the inventory has no `s.absent`"])
        #expect(fill("x ${s.list}").errors == ["r.toml:3:5: error: `s.list` is not a single value"])
        #expect(fill("${s.text}${s.text}").content == .string("ext4ext4"), "two references are no whole one")
    }

    @Test("what was put in is not read for references again")
    func once() {
        #expect(fill("x ${s.reference}").content == .string("x ${s.text}"))
        #expect(fill("${s.reference}").content == .string("${s.text}"))
    }

    @Test(
        "the shell's own words and the node's stay as they are",
        arguments: [
            "${node.name}", "echo ${node.address}", "${HOME}", "${x:-y.z}", "${a.b", "$s.text", "${}", "${file%.*}",
            "a } b", "${S.TEXT} ${s.te-xt}",
        ])
    func untouched(text: String) {
        #expect(fill(text).content == .string(text))
        #expect(fill(text).errors == [])
    }
}
