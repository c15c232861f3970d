/// The requests of SFTP version 3 that a transfer needs, appended as bytes to what is to be sent.
///
/// Own code and not libssh2's client: see `docs/decisions/0011-file-transfer.md`.
enum SFTPRequest {
    /// Ways to open a file; they are joined with `|`.
    enum Access {
        static let read: UInt32 = 0x01
        static let write: UInt32 = 0x02
        static let create: UInt32 = 0x08
        /// Only a file that was not there; it follows no link either.
        static let exclusive: UInt32 = 0x20
    }

    /// Bytes of a ``write(_:_:_:handle:offset:to:)`` before its content, but for the handle.
    static let writeOverhead = 4 + 1 + 4 + 4 + 8 + 4

    /// The greeting.
    static func initialise(to out: inout [UInt8]) {
        append([1], [.number(3)], to: &out)
    }

    /// Opens a file; a new one is its owner's alone.
    static func open(_ id: UInt32, path: String, access: UInt32, to out: inout [UInt8]) {
        append([3], [.number(id), .string(Array(path.utf8)), .number(access), .number(4), .number(0o600)], to: &out)
    }

    /// Ends the use of an open file.
    static func close(_ id: UInt32, handle: [UInt8], to out: inout [UInt8]) {
        append([4], [.number(id), .string(handle)], to: &out)
    }

    /// Asks for `count` bytes; the answer may hold fewer.
    static func read(_ id: UInt32, handle: [UInt8], offset: Int, count: Int, to out: inout [UInt8]) {
        append([5], [.number(id), .string(handle), .long(offset), .number(UInt32(count))], to: &out)
    }

    /// Writes bytes at a place.
    static func write(_ id: UInt32, handle: [UInt8], offset: Int, _ content: ArraySlice<UInt8>, to out: inout [UInt8]) {
        let length = writeOverhead - 4 + handle.count + content.count
        Field.number(UInt32(length)).append(to: &out)
        out.append(6)
        for field in [.number(id), .string(handle), .long(offset), .number(UInt32(content.count))] as [Field] {
            field.append(to: &out)
        }
        out.append(contentsOf: content)
    }

    private enum Field {
        case number(UInt32)
        case long(Int)
        case string([UInt8])

        func append(to out: inout [UInt8]) {
            switch self {
            case .number(let value): out.appendBigEndian(UInt64(value), bytes: 4)
            case .long(let value): out.appendBigEndian(UInt64(value), bytes: 8)
            case .string(let text):
                out.appendBigEndian(UInt64(text.count), bytes: 4)
                out.append(contentsOf: text)
            }
        }
    }

    private static func append(_ type: [UInt8], _ fields: [Field], to out: inout [UInt8]) {
        var packet = type
        for field in fields { field.append(to: &packet) }
        Field.string(packet).append(to: &out)
    }
}

extension [UInt8] {
    fileprivate mutating func appendBigEndian(_ value: UInt64, bytes: Int) {
        for shift in (0..<bytes).reversed() { append(UInt8(truncatingIfNeeded: value >> UInt64(shift * 8))) }
    }
}
