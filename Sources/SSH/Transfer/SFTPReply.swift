/// What an SFTP server answers, as far as a transfer needs it (draft-ietf-secsh-filexfer-02, version 3).
enum SFTPReply: Hashable, Sendable {
    /// The answer to the greeting.
    case version(UInt32)
    case status(id: UInt32, code: UInt32, message: String)
    case handle(id: UInt32, [UInt8])
    case data(id: UInt32, [UInt8])

    /// Status code of success.
    static let ok: UInt32 = 0
    /// Status code of a read behind the end of the file.
    static let endOfFile: UInt32 = 1

    /// Reads the payload of one packet; nil where it is none that may come.
    init?(_ payload: ArraySlice<UInt8>) {
        var cursor = Cursor(rest: payload)
        guard let type = cursor.byte(), let number = cursor.number() else { return nil }
        switch type {
        case 2: self = .version(number)
        case 101:
            guard let code = cursor.number() else { return nil }
            // Old servers leave the message out.
            self = .status(id: number, code: code, message: String(decoding: cursor.string() ?? [], as: UTF8.self))
        case 102:
            // The longest handle that the protocol allows.
            guard let handle = cursor.string(), handle.count <= 256 else { return nil }
            self = .handle(id: number, Array(handle))
        case 103:
            guard let data = cursor.string() else { return nil }
            self = .data(id: number, Array(data))
        default: return nil
        }
    }

    private struct Cursor {
        var rest: ArraySlice<UInt8>

        mutating func byte() -> UInt8? { rest.popFirst() }

        mutating func number() -> UInt32? {
            guard rest.count >= 4 else { return nil }
            defer { rest = rest.dropFirst(4) }
            return rest.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        }

        mutating func string() -> ArraySlice<UInt8>? {
            guard let length = number(), rest.count >= Int(length) else { return nil }
            defer { rest = rest.dropFirst(Int(length)) }
            return rest.prefix(Int(length))
        }
    }
}
