import Documents
package import Transport

/// `[vm]`: the virtual machine that the cluster keeps alive.
package struct VirtualMachine: Hashable, Sendable {
    /// Where the machine comes from.
    package enum Origin: Hashable, Sendable {
        /// It is defined on this node today.
        case node(NodeName)
        /// A libvirt definition and disk images on the operator's machine, by absolute paths.
        case files(definition: String, disks: [String])
    }

    package var name: String
    package var origin: Origin

    package init(name: String, origin: Origin) {
        self.name = name
        self.origin = origin
    }

    /// The node on which the machine is defined today.
    package var source: NodeName? { if case .node(let name) = origin { name } else { nil } }
    /// The definition on the operator's machine.
    package var definition: String? { if case .files(let definition, _) = origin { definition } else { nil } }
    /// The disk images on the operator's machine.
    package var disks: [String] { if case .files(_, let disks) = origin { disks } else { [] } }
}

extension VirtualMachine {
    init?(_ reader: TableReader, nodes: [NodeName], in surroundings: Surroundings) {
        let name = reader.checked("name", required: true, Self.name)
        let source = reader.checked("source") { text throws(Refusal) in try NodeReference.node(text, among: nodes) }
        let definition = reader.checked("definition", surroundings.resolve)
        let disks = Self.disks(reader, in: surroundings)
        let isComplete = Self.checkKeys(reader)
        guard let name, isComplete else { return nil }
        if let source {
            self.init(name: name, origin: .node(source))
        } else if let definition, let disks {
            self.init(name: name, origin: .files(definition: definition, disks: disks))
        } else {
            return nil
        }
    }

    /// Exactly one of the two origins must be there, and that one whole.
    private static func checkKeys(_ reader: TableReader) -> Bool {
        let source = reader.value("source")
        let definition = reader.value("definition")
        let disks = reader.value("disks")
        switch (source, definition, disks) {
        case (nil, nil, nil):
            reader.fail("[vm] needs `source`, or `definition` and `disks`", at: reader.location)
        case (nil, .some(let value), nil):
            reader.fail("`definition` needs `disks` beside it", at: value.location)
        case (nil, nil, .some(let value)):
            reader.fail("`disks` needs `definition` beside it", at: value.location)
        case (.some, .some(let value), _), (.some, nil, .some(let value)):
            reader.fail("[vm] takes either `source`, or `definition` and `disks`", at: value.location)
        default:
            return true
        }
        return false
    }

    /// The images lie side by side on the shared disk, so their names must differ.
    private static func disks(_ reader: TableReader, in surroundings: Surroundings) -> [String]? {
        var seen: Set<Substring> = []
        if let value = reader.value("disks"), value.array?.isEmpty == true {
            reader.fail("`disks` must not be empty", at: value.location)
        }
        return reader.checkedArray("disks") { text throws(Refusal) in
            let path = try surroundings.resolve(text)
            let name = path.split(separator: "/").last ?? ""
            guard seen.insert(name).inserted else { throw Refusal("two disks have the file name \"\(name)\"") }
            return path
        }
    }

    /// Narrower than libvirt: the name becomes a part of file names and of cluster resource names.
    private static func name(_ text: String) throws(Refusal) -> String {
        guard text.wholeMatch(of: #/[A-Za-z0-9][A-Za-z0-9._\-]{0,63}/#) != nil else {
            throw Refusal("\"\(text)\" is no name for a virtual machine: letters, digits, `.`, `_` and `-`, at most 64")
        }
        return text
    }
}
