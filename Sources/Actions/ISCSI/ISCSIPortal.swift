import Documents
import Steps
import Transport

/// Where a target listens, as a runbook writes it: `10.0.0.5`, `10.0.0.5:3260`, `[2001:db8::5]:3260`, `nas:3260`.
struct ISCSIPortal: Sendable, Hashable, CustomStringConvertible {
    var host: String
    var port: UInt16

    /// Reads the step's `portal`, which must be there.
    init?(reading with: TableReader) {
        guard let text = with.requiredString("portal") else { return nil }
        guard let portal = Self(text) else {
            with.fail(
                "`portal` must be an address and a port such as \"10.0.0.5:3260\", not \"\(text)\"",
                at: with.value("portal")?.location ?? with.location)
            return nil
        }
        self = portal
    }

    init?(_ text: String) {
        var host = text[...]
        var port = "3260"[...]
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":"), IPLiteral(String(host)) != nil else { return nil }
            if !rest.isEmpty { port = rest.dropFirst() }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            port = text[text.index(after: colon)...]
        }
        let isName = host.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9.\-]*/) != nil
        guard isName || IPLiteral(String(host)) != nil, port.allSatisfy({ $0.isASCII && $0.isNumber }),
            let number = UInt16(port), number > 0
        else { return nil }
        // Targets, records and links of udev have the shortest notation, and are compared as text.
        self.host = IPLiteral(String(host))?.text ?? String(host)
        self.port = number
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Whether the host is a name, which a node has to resolve.
    var isName: Bool { IPLiteral(host) == nil }

    /// Shell source that sets `host` (always an address: records and sysfs know no names), `port` and `portal`.
    var words: String {
        let find =
            !isName
            ? "host=\(host.shellQuoted)"
            : """
            found=$(getent ahosts \(host.shellQuoted)) || refuse "the name \(host) cannot be resolved here"
            host=${found%% *}
            """
        return """
            \(find)
            port=\(port)
            case $host in *:*) portal=[$host]:$port;; *) portal=$host:$port;; esac
            """
    }
}
