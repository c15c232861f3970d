/// Reads the length-prefixed strings of SSH's binary formats; never trusts a length.
struct SSHBlobReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    /// The next 32-bit number, most significant byte first.
    mutating func number() -> UInt32? {
        guard rest.count >= 4 else { return nil }
        let number = rest.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        rest = rest.dropFirst(4)
        return number
    }

    /// The next 64-bit number, most significant byte first.
    mutating func longNumber() -> UInt64? {
        guard let high = number(), let low = number() else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }

    /// Everything that was not read yet.
    mutating func remainder() -> [UInt8] {
        defer { rest = [] }
        return Array(rest)
    }

    /// The next byte.
    mutating func byte() -> UInt8? { rest.popFirst() }

    /// The next string.
    mutating func string() -> [UInt8]? {
        guard let length = number(), rest.count >= Int(length) else { return nil }
        let string = Array(rest.prefix(Int(length)))
        rest = rest.dropFirst(Int(length))
        return string
    }

    /// The next string as text.
    mutating func text() -> String? { string().map { String(decoding: $0, as: UTF8.self) } }
}
