/// Why a secret cannot be had; never holds any of it.
package enum SecretError: Error, Hashable, Sendable, CustomStringConvertible {
    case variableMissing(String)
    case unreadable(path: String, reason: String)
    /// Others than the owner may read the file.
    case exposed(path: String, mode: UInt16)
    /// Empty, not UTF-8, of several lines, or with control characters.
    case malformed(place: String, reason: String)
    /// Only the command line can ask the operator.
    case needsTerminal

    package var description: String {
        switch self {
        case .variableMissing(let name): "the environment variable \(name) is not set"
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)"
        case .exposed(let path, let mode):
            "\(path) can be read by others (mode 0\(String(mode, radix: 8))); type: chmod 600 \(path.shellQuoted)"
        case .malformed(let place, let reason): "the secret in \(place) \(reason)"
        case .needsTerminal: "the secret has to be asked for, and there is no terminal; give `env` or `file`"
        }
    }
}
