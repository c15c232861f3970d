import Glibc

/// Where a secret comes from; never the secret itself.
///
/// It may be shown and journaled. The secret is read at the moment it is used and goes to the node on
/// standard input only.
package enum SecretSource: Hashable, Sendable {
    /// An environment variable of harun.
    case env(String)
    /// A file that only its owner may read, by its absolute path.
    case file(String)
}

/// Why a secret cannot be had; never holds any of it.
package struct SecretFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension SecretSource {
    /// No password is anywhere near this.
    private static let mostBytes = 4096

    /// Fetches the secret: one line without control characters; the line break at its end is no part of it.
    package func read() throws(SecretFailure) -> String {
        switch self {
        case .env(let name):
            guard let pointer = getenv(name) else { throw SecretFailure("the environment variable \(name) is not set") }
            return try Self.checked(Array(String(cString: pointer).utf8), place: "the environment variable \(name)")
        case .file(let path):
            return try Self.checked(try Self.bytes(of: path), place: path)
        }
    }

    private static func bytes(of path: String) throws(SecretFailure) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw SecretFailure("\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SecretFailure("\(path) is not a file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw SecretFailure("\(path) can be read by others; type: chmod 600 \(path.shellQuoted)")
        }
        var bytes = [UInt8](repeating: 0, count: mostBytes + 1)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw SecretFailure("\(path) cannot be read: \(String(cString: strerror(errno)))") }
        guard count <= mostBytes else { throw SecretFailure("\(path) is too long for a secret") }
        return Array(bytes.prefix(count))
    }

    private static func checked(_ bytes: [UInt8], place: String) throws(SecretFailure) -> String {
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw SecretFailure("the secret in \(place) is not UTF-8 text")
        }
        if text.hasSuffix("\n") || text.hasSuffix("\r\n") { text.removeLast() }
        if text.isEmpty { throw SecretFailure("the secret in \(place) is empty") }
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            throw SecretFailure("the secret in \(place) has several lines or control characters")
        }
        return text
    }
}
