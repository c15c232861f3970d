/// A parsed known_hosts file: which keys a host may show.
///
/// libssh2's own reader knows neither wildcards, negation nor markers, and one bad line makes it give up
/// (libssh2 fact 13). A key is accepted only if a line says so; nothing is ever learnt on the way.
package struct KnownHosts: Sendable, Hashable {
    /// A line that was skipped, and why.
    package struct Warning: Sendable, Hashable {
        package let line: Int
        package let reason: String
    }

    /// What the file says about a key that a host showed.
    package enum Verdict: Sendable, Hashable {
        /// The key is the host's.
        case match
        /// The host does not occur.
        case unknown
        /// The host occurs with another key of this type; the line is that of the first one.
        case changed(expected: [HostKey], line: Int)
        /// The host occurs with keys of other types only, none of which it showed; the line is that of the first.
        case otherType(known: [HostKey], line: Int)
        /// The key must never be accepted.
        case revoked(line: Int)
    }

    private struct Entry: Hashable {
        var line: Int
        var isRevoked: Bool
        var hosts: HostPattern
        var key: HostKey
    }

    private var entries: [Entry] = []
    /// The entries of plain names, which nearly all are, by their names in small letters.
    private var byName: [String: [Int]] = [:]
    /// The entries of patterns and hashed names, which have to be tried one by one.
    private var others: [Int] = []
    /// Lines that were skipped; never a reason to accept more, only to accept less.
    package private(set) var warnings: [Warning] = []

    /// Reads the bytes of a known_hosts file.
    package init(_ bytes: [UInt8]) {
        var number = 0
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            read(line, number)
        }
    }

    /// Reads the text of a known_hosts file.
    package init(_ text: String) { self.init(Array(text.utf8)) }

    /// What the file says about `key`, shown by a host looked up as `name`.
    ///
    /// - Parameter name: `host`, or `[host]:port` off port 22, as OpenSSH looks it up.
    package func verdict(on key: HostKey, of name: String) -> Verdict {
        let mine = entries(of: name)
        if let revoked = mine.first(where: { $0.isRevoked && $0.key == key }) { return .revoked(line: revoked.line) }
        let valid = mine.filter { !$0.isRevoked }
        if valid.contains(where: { $0.key == key }) { return .match }
        let same = valid.filter { $0.key.type == key.type }
        if let first = same.first { return .changed(expected: same.map(\.key), line: first.line) }
        guard let first = valid.first else { return .unknown }
        return .otherType(known: valid.map(\.key), line: first.line)
    }

    /// The line by which the file accepts a key, for the log.
    func line(of key: HostKey, of name: String) -> Int? {
        entries(of: name).first { !$0.isRevoked && $0.key == key }?.line
    }

    /// The types of keys known for a host, in the file's order, so that it can be asked for one of them.
    ///
    /// Without this a host with several keys may show one that was never pinned.
    package func keyTypes(of name: String) -> [String] {
        var types: [String] = []
        for entry in entries(of: name) where !entry.isRevoked && !types.contains(entry.key.type) {
            types.append(entry.key.type)
        }
        return types
    }

    /// Whether names are kept hashed here, as `HashKnownHosts` makes them.
    package var isHashed: Bool { entries.contains { $0.hosts.isHashed } }

    /// What the file says of a host, in its order.
    private func entries(of name: String) -> [Entry] {
        let plain = byName[HostPattern.folded(name)] ?? []
        let tried = others.filter { entries[$0].hosts.matches(name) }
        return (plain + tried).sorted().map { entries[$0] }
    }

    private mutating func read(_ line: ArraySlice<UInt8>, _ number: Int) {
        var fields = line.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
        guard let first = fields.first, first.first != UInt8(ascii: "#") else { return }
        var isRevoked = false
        if first.first == UInt8(ascii: "@") {
            switch String(decoding: first, as: UTF8.self) {
            case "@revoked": isRevoked = true
            case "@cert-authority":
                return warn(number, "host certificates are not supported: pin the host's own key")
            default: return warn(number, "unknown marker \(String(decoding: first, as: UTF8.self))")
            }
            fields.removeFirst()
        }
        guard fields.count >= 3 else { return warn(number, "not of the form HOSTS TYPE KEY") }
        guard let hosts = HostPattern(fields[0]) else { return warn(number, "malformed list of hosts") }
        guard let blob = Base64.decode(fields[2]), let key = HostKey(blob: blob) else {
            return warn(number, "malformed key")
        }
        guard key.type == String(decoding: fields[1], as: UTF8.self) else {
            return warn(number, "the key is not of the type that the line names")
        }
        entries.append(Entry(line: number, isRevoked: isRevoked, hosts: hosts, key: key))
        guard let names = hosts.plainNames else {
            others.append(entries.count - 1)
            return
        }
        for name in Set(names) { byName[name, default: []].append(entries.count - 1) }
    }

    private mutating func warn(_ line: Int, _ reason: String) { warnings.append(Warning(line: line, reason: reason)) }
}
