import Glibc
import Synchronization

/// Where a secret comes from; never the secret itself.
///
/// It may be shown and journaled. The secret is read at the moment it is used and goes to the node on
/// standard input only.
package enum SecretSource: Hashable, Sendable {
    /// An environment variable of harun.
    case env(String)
    /// A file that only its owner may read, by its absolute path.
    case file(String)
    /// The operator is asked, once, before a run begins; see ``answer(_:)``.
    case terminal
}

extension SecretSource {
    /// No password is anywhere near this.
    private static let mostBytes = 4096

    /// Where the secret is, for error messages.
    package var place: String {
        switch self {
        case .env(let name): "the environment variable \(name)"
        case .file(let path): path
        case .terminal: "your answer"
        }
    }

    /// Fetches the secret: one line without control characters; the line break at its end is no part of it.
    package func read() throws(SecretError) -> String {
        switch self {
        case .env(let name):
            guard let pointer = getenv(name) else { throw .variableMissing(name) }
            return try Self.checked(Array(String(cString: pointer).utf8), place: place)
        case .file(let path):
            return try Self.checked(try Self.bytes(of: path), place: place)
        case .terminal:
            guard let answer = Self.answered.withLock({ $0 }) else { throw .needsTerminal }
            return try Self.checked(Array(answer.utf8), place: place)
        }
    }

    private static let answered = Mutex<String?>(nil)

    /// Keeps what the operator typed for the rest of the process's life.
    package static func answer(_ secret: String) { answered.withLock { $0 = secret } }

    private static func bytes(of path: String) throws(SecretError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw .unreadable(path: path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path: path, reason: "it is not a file")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw .exposed(path: path, mode: UInt16(status.st_mode & 0o7777))
        }
        var bytes = [UInt8](repeating: 0, count: mostBytes + 1)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        guard count <= mostBytes else { throw .malformed(place: path, reason: "is too long") }
        return Array(bytes.prefix(count))
    }

    private static func checked(_ bytes: [UInt8], place: String) throws(SecretError) -> String {
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed(place: place, reason: "is not UTF-8 text")
        }
        if text.hasSuffix("\n") || text.hasSuffix("\r\n") { text.removeLast() }
        if text.isEmpty { throw .malformed(place: place, reason: "is empty") }
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
            throw .malformed(place: place, reason: "has several lines or control characters")
        }
        return text
    }
}
