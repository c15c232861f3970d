import Glibc

/// A random sequence that its seed repeats everywhere (SplitMix64): a failure names the seed that shows it again.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    package let seed: UInt64
    private var state: UInt64

    package init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    /// Takes the seed from `HARUN_SEED`, or a new one, and prints it with the test's name.
    package init(for test: String) {
        let given = getenv("HARUN_SEED").flatMap { UInt64(String(cString: $0)) }
        self.init(seed: given ?? UInt64.random(in: 0..<1_000_000_000))
        print("\(test): HARUN_SEED=\(seed)")
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// A number from zero on.
    package mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &self) }

    package mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

    /// True once in `count` times.
    package mutating func once(in count: Int) -> Bool { below(count) == 0 }

    /// One of several; there must be some.
    package mutating func one<T>(of choices: [T]) -> T { choices[below(choices.count)] }

    /// Random bytes, half of them from `favourites`.
    package mutating func bytes(_ count: Int, favouring favourites: [UInt8]) -> [UInt8] {
        (0..<count).map { _ in
            Bool.random(using: &self)
                ? favourites.randomElement(using: &self) ?? 0 : UInt8.random(in: 0...255, using: &self)
        }
    }
}
