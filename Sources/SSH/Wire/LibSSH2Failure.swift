/// A libssh2 call that failed, with the message it left.
///
/// The message is copied at once: the next call on the session overwrites it.
struct LibSSH2Failure: Error, Sendable, Hashable, CustomStringConvertible {
    var code: LibSSH2Code
    var message: String

    var description: String { message.isEmpty ? "libssh2 error \(code.rawValue)" : "\(message) (\(code.rawValue))" }
}
