extension String {
    /// The string as one word of POSIX `sh`, whatever bytes it holds.
    ///
    /// Single quotes end every special meaning but their own; a quote itself becomes `'\''`. NUL cannot
    /// stand in a shell word at all and is refused where input is validated.
    package var shellQuoted: String {
        let plain =
            !isEmpty
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
                    UInt8(ascii: "/"), UInt8(ascii: ":"), UInt8(ascii: ","), UInt8(ascii: "@"), UInt8(ascii: "+"):
                    true
                default: false
                }
            }
        if plain { return self }
        // By bytes, as sh reads it: a quote with a combining mark is another character, and a quote all the same.
        let quoted = utf8.split(separator: UInt8(ascii: "'"), omittingEmptySubsequences: false)
            .joined(separator: Array("'\\''".utf8))
        return "'" + String(decoding: Array(quoted), as: UTF8.self) + "'"
    }
}
