/// Decides how little a stuttering socket gives or takes next; see ``WireFaults/stutter``.
///
/// Nothing at all is a storm of EAGAINs, one byte is the smallest progress, and both shift which of several
/// waiting operations finds its bytes first.
struct WireStutter {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// How many of `count` bytes pass now.
    mutating func next(of count: Int) -> Int {
        // xorshift64: the same seed stutters the same way everywhere.
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return switch state >> 32 & 7 {
        case 0: 0
        case 1, 2: 1
        case 3, 4: min(count, 7)
        case 5, 6: min(count, 64)
        default: count
        }
    }
}
