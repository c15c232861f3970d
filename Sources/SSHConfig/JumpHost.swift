package import Documents

/// One host of a `ProxyJump`: `[user@]host[:port]`, or the same as an `ssh://` address.
///
/// User and host may hold `%` tokens, which speak of the host that is reached through it.
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
        guard Self.isPlain(host) else { return nil }
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

    /// Whether a text can be a host's name at all, and is no option or word for a shell.
    private static func isPlain(_ host: String) -> Bool {
        !host.isEmpty && !host.hasPrefix("-")
            && host.utf8.allSatisfy { $0 > 32 && $0 != 127 && !"'`\"$\\;&<>|(){},/@[]".utf8.contains($0) }
    }

    /// The host with the tokens put in.
    ///
    /// - Parameter tokens: those of the host that is reached through this one.
    /// - Throws: naming the place, where a token is unknown or no host results.
    package func expanded(_ tokens: Tokens, at place: SourceLocation) throws(DiagnosticError) -> JumpHost {
        var jump = self
        jump.host = try tokens.jump(host, at: place)
        jump.user = try user.map { text throws(DiagnosticError) in try tokens.jump(text, at: place) }
        guard Self.isPlain(jump.host) else {
            throw DiagnosticError([Diagnostic("\(self): \"\(jump.host)\" is no host", at: place)])
        }
        return jump
    }

    package var description: String {
        (user.map { "\($0)@" } ?? "") + (host.contains(":") ? "[\(host)]" : host) + (port.map { ":\($0)" } ?? "")
    }
}
