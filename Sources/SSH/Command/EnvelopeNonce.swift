/// A random word that a command's output cannot contain by chance.
struct EnvelopeNonce: Sendable, Hashable {
    /// 32 hexadecimal digits.
    let text: String

    /// Draws a new one from the system's generator.
    init() {
        var generator = SystemRandomNumberGenerator()
        self.init(generator.next(), generator.next())
    }

    init(_ high: UInt64, _ low: UInt64) {
        text = [high, low].map { number in
            let digits = String(number, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    var firstHalf: Substring { text.prefix(16) }
    var secondHalf: Substring { text.suffix(16) }
    /// The nonce as a shell word that does not contain the nonce.
    var argument: String { "\(firstHalf)''\(secondHalf)" }
}
