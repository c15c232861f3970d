/// What a login tries next; performs nothing itself.
///
/// It stays below the six failures that OpenSSH allows by default (`MaxAuthTries`), so that the server answers
/// until the end and can still be asked what it allows. libssh2 does not show what a refusal says about other
/// methods; the question for them costs a try, unless it is the first request of all.
struct LoginPlan: Sendable {
    /// The next thing to try.
    enum Step: Equatable, Sendable {
        /// Offer the key of this number.
        case key(Int)
        /// Ask which methods the server allows.
        case methods
        case password
        case keyboard
        case giveUp
    }

    /// How offering a key ended.
    enum KeyEnding: Sendable {
        /// The server does not want it.
        case refused
        /// The server wants it, and nobody signed: an agent that refuses, a passphrase that nobody knows.
        case unsigned
        /// Signed and still not in: the server wants a second factor.
        case partial
    }

    private static let triesOfServer = 6
    private static let passwordsOnTerminal = 3

    private let hasPassword: Bool
    private let canAsk: Bool
    private var keys: [Int]
    private var failures = 0
    private var isFirst = true
    private var passwordsTried = 0
    private var triedKeyboard = false
    /// The server was asked what it allows; a second question would leak the first answer (libssh2 fact 18).
    private var hasAsked = false
    /// A key was accepted as the first of several factors.
    private(set) var isPartial = false
    /// What the server allows; nil as long as it is not known.
    private(set) var methods: [String]?
    /// How the last key that was offered ended.
    private(set) var keyEnding: KeyEnding?
    /// How many keys the limit left out.
    private(set) var leftOut = 0

    init(keys: Int, hasPassword: Bool, canAsk: Bool) {
        self.keys = Array(0..<keys)
        self.hasPassword = hasPassword
        self.canAsk = canAsk
    }

    /// What to try now.
    mutating func next() -> Step {
        defer { isFirst = false }
        // Free of charge as the first request, and the keys do not use up a try that the password needs.
        if isFirst, hasPassword || keys.isEmpty { return ask() }
        if allows("publickey", ifUnknown: true) {
            if let key = keys.first, failures < Self.triesOfServer - 1 {
                keys.removeFirst()
                return .key(key)
            }
            leftOut = keys.count
        }
        if isPartial, canTryKeyboard { return keyboard() }
        // What it wants besides a key matters only where nobody could give it: an error then names it.
        let isMute = isPartial && !hasPassword && !canAsk
        if methods == nil, !isPartial || isMute, !hasAsked, failures < Self.triesOfServer - 2, leftOut == 0 {
            return ask()
        }
        guard failures < Self.triesOfServer else { return .giveUp }
        let passwords = hasPassword ? 1 : canAsk ? Self.passwordsOnTerminal : 0
        if allows("password", ifUnknown: hasPassword || isPartial), passwordsTried < passwords {
            passwordsTried += 1
            return .password
        }
        // A refused password is not offered a second time under another name.
        if allows("keyboard-interactive", ifUnknown: false), passwordsTried == 0, canTryKeyboard { return keyboard() }
        return .giveUp
    }

    /// Notes how offering a key ended.
    mutating func ended(_ key: KeyEnding) {
        keyEnding = key
        switch key {
        case .refused: failures += 1
        case .unsigned: break
        case .partial:
            isPartial = true
            methods = nil
            // Another key as the second factor is possible, and rarer than a code or a password.
            keys = []
        }
    }

    /// Notes what the server allows; empty where it did not say.
    mutating func listed(_ methods: [String], wasFirst: Bool) {
        self.methods = methods
        if !wasFirst { failures += 1 }
    }

    /// Notes that the password, or a conversation, was refused.
    mutating func refused() { failures += 1 }

    private var canTryKeyboard: Bool { !triedKeyboard && (hasPassword || canAsk) }

    private mutating func ask() -> Step {
        hasAsked = true
        return .methods
    }

    private mutating func keyboard() -> Step {
        triedKeyboard = true
        return .keyboard
    }

    private func allows(_ method: String, ifUnknown: Bool) -> Bool {
        guard let methods, !methods.isEmpty else { return ifUnknown }
        return methods.contains(method)
    }
}
