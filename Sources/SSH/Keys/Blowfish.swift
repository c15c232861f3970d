/// Blowfish with the slow key schedule of bcrypt, which is all that OpenSSH's key files use of it.
///
/// The state lies in one piece of memory, since the schedule runs the cipher two million times for one key file.
struct Blowfish: ~Copyable {
    private static let subkeys = 18
    private let state: UnsafeMutableBufferPointer<UInt32>

    init() {
        state = .allocate(capacity: BlowfishTables.pi.count)
        _ = state.initialize(from: BlowfishTables.pi)
    }

    deinit {
        // What a passphrase became must not stay in freed memory.
        state.update(repeating: 0)
        state.deallocate()
    }

    /// Mixes `key`, and `salt` where there is one, into the state; both are repeated as often as needed.
    mutating func expand(key: [UInt32], salt: [UInt32]? = nil) {
        for index in 0..<Self.subkeys { state[index] ^= key[index % key.count] }
        var left: UInt32 = 0
        var right: UInt32 = 0
        var position = 0
        for index in stride(from: 0, to: state.count, by: 2) {
            if let salt {
                left ^= salt[position]
                right ^= salt[position + 1]
                position = (position + 2) % salt.count
            }
            (left, right) = enciphered(left, right)
            state[index] = left
            state[index + 1] = right
        }
    }

    /// One block of two words, encrypted.
    func enciphered(_ left: UInt32, _ right: UInt32) -> (UInt32, UInt32) {
        let state = state
        var a = left ^ state[0]
        var b = right
        var index = 1
        while index < 17 {
            b ^= Self.mix(a, state) ^ state[index]
            a ^= Self.mix(b, state) ^ state[index + 1]
            index += 2
        }
        return (b ^ state[17], a)
    }

    @inline(__always)
    private static func mix(_ word: UInt32, _ state: UnsafeMutableBufferPointer<UInt32>) -> UInt32 {
        let sum = state[18 + Int(word >> 24)] &+ state[274 + Int(word >> 16 & 0xFF)]
        return (sum ^ state[530 + Int(word >> 8 & 0xFF)]) &+ state[786 + Int(word & 0xFF)]
    }
}
