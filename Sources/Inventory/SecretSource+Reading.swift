import Glibc

extension SecretSource {
    /// No password is anywhere near this.
    private static let mostBytes = 4096

    /// Fetches the secret, right before it is used.
    ///
    /// Plans and reports have no need of it and never call this.
    package func read() throws(SecretError) -> String {
        switch self {
        case .env(let name):
            guard let pointer = getenv(name) else { throw .variableMissing(name) }
            return try Self.checked(Array(String(cString: pointer).utf8), place: "the environment variable \(name)")
        case .file(let path):
            return try Self.checked(try Self.bytes(of: path), place: path)
        case .terminal:
            throw .needsTerminal
        }
    }

    private static func bytes(of path: String) throws(SecretError) -> [UInt8] {
        let file: TextFile
        do throws(TextFile.Failure) {
            file = try TextFile(path: path, mostBytes: mostBytes)
        } catch {
            throw .unreadable(path: path, reason: error.description)
        }
        if file.mode & 0o077 != 0 { throw .exposed(path: path, mode: file.mode) }
        return file.bytes
    }

    /// One line of text; the line break that every editor adds is no part of it.
    private static func checked(_ bytes: [UInt8], place: String) throws(SecretError) -> String {
        guard var text = String(validating: bytes, as: UTF8.self) else {
            throw .malformed(place: place, reason: "is not UTF-8 text")
        }
        if text.hasSuffix("\n") || text.hasSuffix("\r\n") { text.removeLast() }
        if text.isEmpty { throw .malformed(place: place, reason: "is empty") }
        if text.unicodeScalars.contains(where: \.isControl) {
            throw .malformed(place: place, reason: "has several lines or control characters")
        }
        return text
    }
}
