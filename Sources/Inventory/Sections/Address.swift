import Documents
package import Settings

/// `[address]`: the floating address under which the service is found.
package struct Address: Hashable, Sendable {
    package var floating: FloatingAddress
    package var interface: String?

    package init(_ floating: FloatingAddress, interface: String? = nil) {
        self.floating = floating
        self.interface = interface
    }
}

extension Address {
    init?(_ reader: TableReader) {
        let floating = reader.floatingAddress("ip", required: true)
        let interface = reader.checked("interface", Self.interface)
        guard let floating else { return nil }
        self.init(floating, interface: interface)
    }

    private static func interface(_ text: String) throws(InvalidValue) -> String {
        guard text.wholeMatch(of: #/[A-Za-z0-9_.:@\-]{1,15}/#) != nil, text != ".", text != "..", text != "lo" else {
            throw InvalidValue("\"\(text)\" is no network interface, such as br0")
        }
        return text
    }
}
