import Documents
import Settings
package import Transport

/// `[vm]`: the virtual machine that the cluster keeps alive.
package struct VirtualMachine: Hashable, Sendable {
    package var name: String
    /// The node on which the machine is defined today.
    package var source: NodeName

    package init(name: String, source: NodeName) {
        self.name = name
        self.source = source
    }
}

extension VirtualMachine {
    init?(_ reader: TableReader, nodes: [NodeName]) {
        let name = reader.checked("name", required: true, Self.name)
        let files = ["definition", "disks"].compactMap { key in reader.value(key).map { (key, $0.location) } }
        for (key, location) in files {
            reader.fail(
                "`\(key)` is not built yet in this version; define the machine on one node with `virsh define` and name "
                    + "that node in `source`", at: location)
        }
        // Who gave files is told about them, and not of the `source` that they were to stand for.
        let source = reader.checked("source", required: files.isEmpty) { text throws(InvalidValue) in
            try NodeReference.node(text, among: nodes)
        }
        guard let name, let source, files.isEmpty else { return nil }
        self.init(name: name, source: source)
    }

    /// Narrower than libvirt: the name becomes a part of file names and of cluster resource names.
    private static func name(_ text: String) throws(InvalidValue) -> String {
        guard text.wholeMatch(of: #/[A-Za-z0-9][A-Za-z0-9._\-]{0,63}/#) != nil else {
            throw InvalidValue(
                "\"\(text)\" is no name for a virtual machine: letters, digits, `.`, `_` and `-`, at most 64")
        }
        return text
    }
}
