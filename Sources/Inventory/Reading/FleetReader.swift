import Documents
import Transport

/// Reads the sections of an inventory and collects everything that is wrong with them.
final class FleetReader {
    private let table: Table
    private let root: TableReader
    private let surroundings: Surroundings
    private let earlier: [Diagnostic]

    /// - Parameter earlier: what was found wrong before, to be reported together.
    init(_ table: Table, in surroundings: Surroundings, earlier: [Diagnostic]) {
        self.table = table
        self.root = TableReader(table, title: "the inventory")
        self.surroundings = surroundings
        self.earlier = earlier
    }

    /// The fleet, where nothing is wrong.
    func fleet(file: String, text: String) throws(DiagnosticError) -> Fleet {
        let cluster = section("cluster") { Cluster($0) }
        let usual = SSHSettings(defaultsIn: surroundings)
        let ssh = section("ssh") { usual.overridden(by: $0, in: surroundings) } ?? usual
        let nodeTables = root.tables("node")
        var resolver = SSHResolver(surroundings)
        let nodes = nodeTables.map { table in
            reading(table, title: "[[node]]") { Node($0, ssh: ssh, in: surroundings) }.map { resolver.complete($0) }
        }
        let names = nodeNames(nodeTables)
        let desktop = section("desktop") { Desktop($0, nodes: names) }
        let iscsi = section("iscsi") { ISCSI($0, in: surroundings) }
        let storage = section("storage") { Storage($0) }
        let fencing = section("fencing") { Fencing($0) }
        let vm = section("vm") { VirtualMachine($0, nodes: names) }
        let address = section("address") { Address($0) }
        let failover = section("failover") { Failover($0) }
        root.finish()
        var fleet = Fleet(
            file: file, sourceText: text, cluster: cluster, ssh: ssh, nodes: nodes.compactMap { $0 },
            desktop: desktop, iscsi: iscsi, storage: storage, fencing: fencing, vm: vm, address: address,
            failover: failover, variables: Table([], at: table.location), sections: table)
        var rules = FleetRules(fleet, table: table, nodes: Array(zip(nodeTables, nodes)))
        rules.check()
        let problems = withoutEchoes(earlier + root.diagnostics + rules.diagnostics + resolver.problems)
        guard problems.isEmpty else { throw DiagnosticError(problems) }
        fleet.variables = VariableTree(fleet).table
        fleet.notes = resolver.notes
        return fleet
    }

    /// Every key that was asked for, by the table's title; whole once ``fleet(file:text:)`` has read a file with all sections.
    var askedKeys: [String: Set<String>] { root.askedKeys }

    private func section<T>(_ name: String, _ read: (TableReader) -> T?) -> T? {
        guard let table = root.table(name) else { return nil }
        return reading(table, title: "[\(name)]", read)
    }

    private func reading<T>(_ table: Table, title: String, _ read: (TableReader) -> T?) -> T? {
        let reader = TableReader(table, title: title)
        let result = read(reader)
        reader.finish()
        root.absorb(reader)
        return result
    }

    /// Names as they stand, so that a node with another error is not also reported as missing.
    private func nodeNames(_ tables: [Table]) -> [NodeName] {
        tables.compactMap { $0["name"]?.string.map { NodeName($0) } }
    }

    /// Control characters are one error each, and whatever else is wrong with the same text follows from them.
    private func withoutEchoes(_ problems: [Diagnostic]) -> [Diagnostic] {
        let control = ControlCharacters.problems(in: table)
        let places = Set(control.map(\.location))
        return problems.filter { !places.contains($0.location) } + control
    }
}
