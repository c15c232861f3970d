package import Documents
package import Transport

/// The inventory: the nodes, and what they are to become.
///
/// The first stop of every command. What it holds is checked as far as a file can be checked by
/// itself; whether the nodes agree with it is for the preflight to see.
package struct Fleet: Hashable, Sendable {
    /// The file as the user named it.
    package var file: String
    /// The text as it was read, byte for byte the file's.
    package var sourceText: String
    package var cluster: Cluster?
    package var ssh: SSHSettings
    /// In the file's order; never empty, and no two of one name.
    package var nodes: [Node]
    package var desktop: Desktop?
    package var iscsi: ISCSI?
    package var storage: Storage?
    package var fencing: Fencing?
    package var vm: VirtualMachine?
    package var address: Address?
    package var failover: Failover?
    /// Every setting by section and key, with defaults filled in and without secrets; see ``lookup(_:)``.
    package var variables: Table
    /// What the operator's ssh_config asks for and harun does not do, each once with its place.
    package var notes: [Diagnostic] = []
    /// Where the sections stand in the file.
    var sections: Table
}

extension Fleet {
    /// Larger than any fleet's description, small enough to read without a thought.
    private static let mostBytes = 1 << 20

    /// Reads an inventory file.
    package static func load(path: String) throws(InventoryError) -> Fleet {
        let file: TextFile
        do throws(TextFile.Failure) {
            file = try TextFile(path: path, mostBytes: mostBytes)
        } catch {
            throw .unreadable(path: path, reason: error.description)
        }
        do throws(DiagnosticError) {
            return try parse(bytes: file.bytes, file: path, in: .live(inventory: path))
        } catch {
            throw .invalid(error)
        }
    }

    /// Reads an inventory's text.
    ///
    /// - Throws: everything that is wrong with it at once, in the file's order.
    package static func parse(
        _ text: String, file: String, in surroundings: Surroundings
    ) throws(DiagnosticError) -> Fleet {
        try parse(bytes: Array(text.utf8), file: file, in: surroundings)
    }

    private static func parse(
        bytes: [UInt8], file: String, in surroundings: Surroundings
    ) throws(DiagnosticError) -> Fleet {
        var repetitions: [Diagnostic] = []
        let table = try Document.parse(bytes: bytes, file: file, repetitions: &repetitions)
        return try FleetReader(table, in: surroundings, earlier: repetitions)
            .fleet(file: file, text: String(decoding: bytes, as: UTF8.self))
    }

    /// Every key that the reader of inventories knows, by the table's title: what documentation, tests and the suite of
    /// changed inventories are held against.
    ///
    /// - Parameter text: an inventory with every section in it; keys of a section that is not there are not asked for.
    package static func keys(
        readIn text: String, in surroundings: Surroundings
    ) throws(DiagnosticError) -> [String: Set<String>] {
        let file = "inventory.toml"
        var repetitions: [Diagnostic] = []
        let table = try Document.parse(bytes: Array(text.utf8), file: file, repetitions: &repetitions)
        let reader = FleetReader(table, in: surroundings, earlier: repetitions)
        _ = try reader.fleet(file: file, text: text)
        return reader.askedKeys
    }

    /// The node of a name.
    package func node(named name: NodeName) -> Node? { nodes.first { $0.name == name } }

    /// The nodes that a selector such as `nodo1,web*,!nodo2` means, in the file's order.
    package func select(_ selector: Selector) throws(SelectorError) -> [Node] { try selector.nodes(of: self) }

    /// Whether the file has a section, such as `storage`.
    package func has(section: String) -> Bool { sections[section] != nil }

    /// The sections that an inventory may leave out, and with them what a runbook does for them.
    private static let optionalSections: Set = [
        "cluster", "desktop", "iscsi", "storage", "fencing", "vm", "address", "failover",
    ]

    /// Whether the file leaves out the section of a setting, such as `vm` of `vm.source`.
    package func leavesOut(sectionOf path: String) -> Bool {
        let section = String(path.prefix { $0 != "." })
        return Self.optionalSections.contains(section) && !has(section: section)
    }

    /// A setting by its path, such as `iscsi.portal`: as given, or its default where its section is there.
    package func lookup(_ path: String) -> Value? {
        var value: Value?
        var table: Table? = variables
        for key in path.split(separator: ".", omittingEmptySubsequences: false) {
            value = table?[String(key)]
            table = value?.table
        }
        return value
    }

    /// Checks what building a cluster needs beyond what every command needs.
    ///
    /// - Returns: the cluster's settings.
    /// - Throws: everything that is missing.
    @discardableResult
    package func requireCluster() throws(DiagnosticError) -> Cluster {
        let start = SourceLocation(file: file, line: 1, column: 1)
        var missing: [Diagnostic] = []
        if cluster == nil { missing.append(Diagnostic("a cluster needs a [cluster] section with its name", at: start)) }
        if nodes.count < 2 {
            let place = sections["node"]?.location ?? start
            missing.append(Diagnostic("a cluster needs two or more [[node]], not \(nodes.count)", at: place))
        }
        if fencing == nil {
            missing.append(Diagnostic("a cluster needs a [fencing] section: \(Fencing.choice)", at: start))
        }
        guard let cluster, missing.isEmpty else { throw DiagnosticError(missing) }
        return cluster
    }
}
