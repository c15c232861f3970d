/// SplitMix64: repeatable randomness, so that a failure names the seed that shows it again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// Random bytes, half of them from `favourites`.
    mutating func bytes(_ count: Int, favouring favourites: [UInt8]) -> [UInt8] {
        (0..<count).map { _ in
            Bool.random(using: &self)
                ? favourites.randomElement(using: &self) ?? 0 : UInt8.random(in: 0...255, using: &self)
        }
    }
}
