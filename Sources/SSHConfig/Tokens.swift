package import Documents

/// What `~`, `%` tokens and `${VARIABLES}` in an ssh_config stand for, for one connection.
package struct Tokens: Sendable {
    /// The host that is connected to, `HostName` applied.
    package var host: String
    /// The host as it was asked for.
    package var originalHost: String
    package var port: UInt16
    package var user: String
    package var hostKeyAlias: String?
    package var files: ConfigFiles

    package init(
        host: String, originalHost: String, port: UInt16, user: String, hostKeyAlias: String?, files: ConfigFiles
    ) {
        self.host = host
        self.originalHost = originalHost
        self.port = port
        self.user = user
        self.hostKeyAlias = hostKeyAlias
        self.files = files
    }

    /// The path that a value means.
    ///
    /// - Throws: naming the place, where a token or a variable is unknown.
    package func path(_ text: String, at place: SourceLocation) throws(DiagnosticError) -> String {
        var text = text
        if text == "~" || text.hasPrefix("~/") {
            text = files.home + text.dropFirst()
        } else if text.hasPrefix("~") {
            throw DiagnosticError([Diagnostic("\(text): only ~/ is understood, not another user's home", at: place)])
        }
        return try expand(text, at: place)
    }

    private func expand(_ text: String, at place: SourceLocation) throws(DiagnosticError) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            if character == "$", rest.first == "{", let end = rest.firstIndex(of: "}") {
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                guard let value = files.environment(name) else {
                    throw DiagnosticError([Diagnostic("the environment has no \(name)", at: place)])
                }
                result += value
                rest = rest[rest.index(after: end)...]
            } else if character == "%" {
                guard let token = rest.popFirst(), let value = value(of: token) else {
                    throw DiagnosticError([Diagnostic("\(text): harun does not know this % token", at: place)])
                }
                result += value
            } else {
                result.append(character)
            }
        }
        return result
    }

    /// The user or host that a part of a `ProxyJump` means: `%%`, `%h`, `%k`, `%n`, `%p` and `%r`.
    ///
    /// - Throws: naming the place, where a token is unknown.
    func jump(_ text: String, at place: SourceLocation) throws(DiagnosticError) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            guard let token = rest.popFirst(), "%hknpr".contains(token), let value = value(of: token) else {
                throw DiagnosticError([
                    Diagnostic("\(text): ProxyJump knows %h, %k, %n, %p, %r and %% only", at: place)
                ])
            }
            result += value
        }
        return result
    }

    private func value(of token: Character) -> String? {
        switch token {
        case "%": "%"
        case "d": files.home
        case "h": host
        case "i": files.uid
        case "k": hostKeyAlias ?? originalHost
        case "L": String(files.hostName.prefix { $0 != "." })
        case "l": files.hostName
        case "n": originalHost
        case "p": String(port)
        case "r": user
        case "u": files.user
        default: nil
        }
    }

    /// A `HostName` with `%h` and `%%` put in; other tokens stay, to be found by ``hostName(_:for:)``.
    static func host(_ text: String, _ host: String) -> String {
        var result = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "%", let token = rest.first, token == "h" || token == "%" else {
                result.append(character)
                continue
            }
            rest.removeFirst()
            result += token == "h" ? host : "%"
        }
        return result
    }

    /// The host that a `HostName` means.
    ///
    /// - Throws: naming the place, where it holds another token than `%h` and `%%`.
    package static func hostName(_ name: Placed<String>, for host: String) throws(DiagnosticError) -> String {
        var rest = name.value[...]
        while let sign = rest.firstIndex(of: "%") {
            rest = rest[rest.index(after: sign)...]
            guard let token = rest.popFirst(), token == "h" || token == "%" else {
                throw DiagnosticError([Diagnostic("\(name.value): HostName knows %h and %% only", at: name.location)])
            }
        }
        return Self.host(name.value, host)
    }
}
