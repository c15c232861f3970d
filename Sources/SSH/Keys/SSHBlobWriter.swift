/// Writes the length-prefixed strings of SSH's binary formats.
struct SSHBlobWriter {
    private(set) var bytes: [UInt8] = []

    /// Appends a 32-bit number, most significant byte first.
    mutating func number(_ number: UInt32) {
        for shift in stride(from: 24, through: 0, by: -8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }

    /// Appends a string.
    mutating func string(_ string: some Collection<UInt8>) {
        number(UInt32(string.count))
        bytes.append(contentsOf: string)
    }

    /// Appends a string of text.
    mutating func text(_ text: String) { string(Array(text.utf8)) }

    /// Appends a non-negative integer in its only valid form: no leading zeros, but one where the sign bit would be set.
    mutating func integer(_ bigEndian: some Collection<UInt8>) {
        let digits = Array(bigEndian.drop { $0 == 0 })
        string(digits.first.map { $0 & 0x80 != 0 } == true ? [0] + digits : digits)
    }
}
