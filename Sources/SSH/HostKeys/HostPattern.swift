import Crypto
import Transport

/// The hosts field of a known_hosts line: a list of patterns, or one hashed name.
struct HostPattern: Sendable, Hashable {
    private enum Form: Hashable {
        case list([Item])
        case hashed(salt: [UInt8], digest: [UInt8])
    }

    private struct Item: Hashable {
        var isNegated: Bool
        var glob: [UInt8]
    }

    private let form: Form

    /// Nil if the field is malformed.
    init?(_ field: some Collection<UInt8>) {
        if field.first == UInt8(ascii: "|") {
            let parts = field.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: false)
            guard parts.count == 4, parts[0].isEmpty, Array(parts[1]) == [UInt8(ascii: "1")],
                let salt = Base64.decode(parts[2]), let digest = Base64.decode(parts[3]), digest.count == 20
            else { return nil }
            form = .hashed(salt: salt, digest: digest)
            return
        }
        let items = field.split(separator: UInt8(ascii: ",")).map { part in
            let isNegated = part.first == UInt8(ascii: "!")
            return Item(isNegated: isNegated, glob: (isNegated ? Array(part.dropFirst()) : Array(part)).lowercasedASCII)
        }
        guard !items.isEmpty, items.allSatisfy({ !$0.glob.isEmpty }) else { return nil }
        form = .list(items)
    }

    /// A host's name in small letters: those of ASCII alone, so that no two different names become one.
    static func folded(_ name: String) -> String { String(decoding: Array(name.utf8).lowercasedASCII, as: UTF8.self) }

    /// Whether the name is hashed.
    var isHashed: Bool { if case .hashed = form { true } else { false } }

    /// The names in small letters, where none of them is a pattern; nil otherwise.
    var plainNames: [String]? {
        guard case .list(let items) = form else { return nil }
        let signs = Array("*?".utf8)
        guard items.allSatisfy({ !$0.isNegated && !$0.glob.contains(where: signs.contains) }) else { return nil }
        return items.map { String(decoding: $0.glob, as: UTF8.self) }
    }

    /// Whether the line speaks of `host`; one matching negated pattern excludes it whatever else matches.
    func matches(_ host: String) -> Bool {
        let name = Array(host.utf8).lowercasedASCII
        switch form {
        case .hashed(let salt, let digest):
            let code = HMAC<Insecure.SHA1>.authenticationCode(for: name, using: SymmetricKey(data: salt))
            return Array(code) == digest
        case .list(let items):
            let matching = items.filter { Glob.matches(name, $0.glob) }
            return !matching.isEmpty && !matching.contains { $0.isNegated }
        }
    }
}

extension [UInt8] {
    fileprivate var lowercasedASCII: [UInt8] {
        map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
