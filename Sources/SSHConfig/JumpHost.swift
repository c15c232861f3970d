/// One host of a `ProxyJump`: `[user@]host[:port]`, or the same as an `ssh://` address.
package struct JumpHost: Hashable, Sendable, CustomStringConvertible {
    package var user: String?
    /// A name that ssh_config may know, or an address.
    package var host: String
    package var port: UInt16?

    /// Nil if the text is none.
    package init?(_ text: some StringProtocol) {
        var rest = text[...]
        if rest.lowercased().hasPrefix("ssh://") {
            rest = rest.dropFirst(6)
            if rest.hasSuffix("/") { rest = rest.dropLast() }
        }
        if let at = rest.lastIndex(of: "@") {
            user = String(rest[..<at])
            rest = rest[rest.index(after: at)...]
            if user?.isEmpty != false { return nil }
        }
        if rest.hasPrefix("[") {
            guard let close = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<close])
            rest = rest[rest.index(after: close)...]
        } else if let colon = rest.firstIndex(of: ":"), !rest[rest.index(after: colon)...].contains(":") {
            host = String(rest[..<colon])
            rest = rest[colon...]
        } else {
            host = String(rest)
            rest = ""
        }
        let isPlain = host.utf8.allSatisfy { $0 > 32 && $0 != 127 && !"'`\"$\\;&<>|(){},/@[]".utf8.contains($0) }
        guard !host.isEmpty, !host.hasPrefix("-"), isPlain else { return nil }
        if !rest.isEmpty {
            guard rest.hasPrefix(":"), rest.dropFirst().allSatisfy({ $0.isASCII && $0.isNumber }),
                let port = UInt16(rest.dropFirst()), port > 0
            else { return nil }
            self.port = port
        }
    }

    /// The hosts of a whole `ProxyJump`, in the order in which they are passed; none for `none`.
    ///
    /// Nil if the text is not one.
    package static func list(_ text: String) -> [JumpHost]? {
        if text.lowercased() == "none" { return [] }
        var hosts: [JumpHost] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let host = JumpHost(part) else { return nil }
            hosts.append(host)
        }
        return hosts
    }

    package var description: String {
        (user.map { "\($0)@" } ?? "") + (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
    }
}
