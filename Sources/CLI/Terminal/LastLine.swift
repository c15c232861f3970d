/// What stands on the terminal's last line without an end, as a run's status does.
struct LastLine {
    private static let erase = Array("\r\u{1B}[K".utf8)

    private var bytes: [UInt8] = []

    /// Notes what was printed.
    mutating func take(_ printed: [UInt8]) {
        if let end = printed.lastIndex(of: UInt8(ascii: "\n")) {
            bytes = Array(printed[(end + 1)...])
        } else {
            bytes += printed
        }
        guard let start = bytes.lastIndex(of: UInt8(ascii: "\r")) else { return }
        bytes.removeFirst(bytes[start...].starts(with: Self.erase) ? start + Self.erase.count : start + 1)
    }

    /// What prints a line above it and leaves it as it was.
    func below(_ line: [UInt8]) -> [UInt8] { bytes.isEmpty ? line : Self.erase + line + bytes }
}
