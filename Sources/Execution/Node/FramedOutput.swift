import Transport

/// What a framed script printed on one stream, line by line, the frame's own lines told from all others.
///
/// Works on bytes and makes text only of a frame's lines: this is gone through for every command of a run.
struct FramedOutput: Sequence, IteratorProtocol {
    enum Line {
        /// What stands behind the mark: `begin 3`.
        case frame(String)
        /// A line of the script itself; never empty.
        case text(ArraySlice<UInt8>)
    }

    private static let newline = UInt8(ascii: "\n")
    private let prefix: [UInt8]
    private var rest: ArraySlice<UInt8>

    /// - Parameter mark: the random characters that only this command's frame knows.
    init(_ bytes: [UInt8], mark: String) {
        rest = bytes[...]
        prefix = Array("@\(mark) ".utf8)
    }

    /// The next line that is not empty, with or without a newline at its end.
    mutating func next() -> Line? {
        while !rest.isEmpty {
            let end = rest.firstIndex(of: Self.newline) ?? rest.endIndex
            let line = rest[rest.startIndex..<end]
            rest = rest[end...].dropFirst()
            if line.isEmpty { continue }
            guard line.first == prefix.first, line.starts(with: prefix) else { return .text(line) }
            return .frame(String(decoding: line.dropFirst(prefix.count), as: UTF8.self))
        }
        return nil
    }
}
