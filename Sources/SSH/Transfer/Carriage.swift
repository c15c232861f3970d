/// How the carrying of a file's bytes over SFTP ended.
enum Carriage: Hashable, Sendable {
    case done
    /// The server refused to open, write or read, in these words.
    case refused(String)
    /// The server has no SFTP subsystem.
    case impossible
}
