/// The words with which an SFTP server refused a request.
struct SFTPRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    var code: UInt32
    var message: String

    var description: String { message.isEmpty ? "SFTP status \(code)" : message.safeForTerminal }
}
