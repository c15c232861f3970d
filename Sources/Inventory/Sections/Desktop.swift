import Documents
import Settings
package import Transport

/// `[desktop]`: which nodes get a graphical desktop.
package struct Desktop: Hashable, Sendable {
    /// The nodes that get one.
    package enum Install: Hashable, Sendable {
        case all
        case none
        case nodes([NodeName])
    }

    /// Ends in a display manager, since XFCE alone brings none and the screen would stay black.
    package static let usualPackages = ["xfce4", "xfce4-goodies", "lightdm", "virt-manager"]

    package var install: Install
    package var packages: [String]

    package init(install: Install, packages: [String] = usualPackages) {
        self.install = install
        self.packages = packages
    }

    /// Whether a node gets a desktop.
    package func isWanted(on node: NodeName) -> Bool {
        switch install {
        case .all: true
        case .none: false
        case .nodes(let names): names.contains(node)
        }
    }
}

extension Desktop {
    init?(_ reader: TableReader, nodes: [NodeName]) {
        let install = Self.install(reader, nodes: nodes)
        let packages = reader.checkedArray("packages", Self.package)
        guard let install else { return nil }
        self.init(install: install, packages: packages ?? Self.usualPackages)
    }

    private static func install(_ reader: TableReader, nodes: [NodeName]) -> Install? {
        guard let value = reader.required("install") else { return nil }
        guard value.array == nil else {
            return reader.checkedArray("install") { text throws(InvalidValue) in
                try NodeReference.node(text, among: nodes)
            }.map(Install.nodes)
        }
        switch value.string {
        case "all": return .all
        case "none": return Install.none
        default:
            let given = value.string.map { "\"\($0)\"" } ?? value.kind
            reader.fail(
                "`install` must be \"all\", \"none\" or an array of node names, not \(given)", at: value.location)
            return nil
        }
    }

    /// The names that Debian policy allows.
    private static func package(_ text: String) throws(InvalidValue) -> String {
        let isLower = { (c: Character) in c.isASCII && (c.isNumber || (c.isLetter && c.isLowercase)) }
        guard text.count >= 2, let first = text.first, isLower(first),
            text.allSatisfy({ isLower($0) || "+-.".contains($0) })
        else { throw InvalidValue("\"\(text)\" is no Debian package name") }
        return text
    }
}
