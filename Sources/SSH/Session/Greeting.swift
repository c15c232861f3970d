/// The first bytes of a server: its banner and the algorithms that it offers, both in the clear.
///
/// libssh2 tells neither what a server says instead of a banner nor which host keys it has.
struct Greeting {
    /// Banner lines and the first packet of the key exchange are shorter, OpenSSH's together below 2 KiB.
    private static let mostBytes = 8192

    private var bytes: [UInt8] = []

    /// Notes bytes as they come.
    mutating func add(_ more: UnsafeRawBufferPointer) {
        guard bytes.count < Self.mostBytes else { return }
        bytes.append(contentsOf: more.prefix(Self.mostBytes - bytes.count))
    }

    /// Whether an SSH server spoke: from then on the connection counts for its limits and its log.
    var hasBanner: Bool { bannerEnd != nil || lines.last?.starts(with: "SSH-".utf8) == true }

    /// The server's banner, once it is there whole.
    var banner: String? {
        guard let end = bannerEnd else { return nil }
        let line = bytes[..<end].split(separator: UInt8(ascii: "\n")).last ?? []
        return String(decoding: line.filter { $0 != UInt8(ascii: "\r") }, as: UTF8.self).safeForTerminal
    }

    /// What the server said instead of a banner, without control characters; nil where it said nothing.
    var refusal: String? {
        guard !hasBanner, !bytes.isEmpty else { return nil }
        let text = bytes.prefix(200).map { (32..<127).contains($0) ? $0 : 32 }
        let words = String(decoding: text, as: UTF8.self).split(separator: " ")
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// The types of host keys that the server offers, best first; empty where they did not come in whole.
    var hostKeyTypes: [String] {
        guard let start = bannerEnd else { return [] }
        let packet = Array(bytes[start...])
        var header = SSHBlobReader(packet)
        // Length, padding length, message number and cookie come before the two lists.
        guard let length = header.number(), length > 22, packet.count > 22, packet[5] == 20 else { return [] }
        var lists = SSHBlobReader(Array(packet[22...].prefix(Int(length))))
        guard lists.string() != nil, let types = lists.text() else { return [] }
        return types.split(separator: ",").map(String.init)
    }

    private var lines: [ArraySlice<UInt8>] {
        bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    }

    private var bannerEnd: Int? {
        var start = 0
        while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if bytes[start...].starts(with: "SSH-".utf8) { return end + 1 }
            start = end + 1
        }
        return nil
    }
}
