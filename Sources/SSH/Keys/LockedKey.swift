import Synchronization
import Transport

/// An encrypted key file, decrypted at most once in a process, whoever needs it first.
///
/// Decrypting costs 100 ms of CPU (libssh2 fact 12) and perhaps a question to the operator, so two thousand
/// connections that need the key wait for the same answer.
final class LockedKey: Sendable {
    /// Why the key stays locked, for people; it holds no secret.
    struct Refusal: Error, Sendable, Equatable, CustomStringConvertible {
        let reason: String

        var description: String { reason }
    }

    typealias Answer = Result<PrivateKey, Refusal>

    private enum Content: Sendable {
        case openSSH(OpenSSHKeyFile)
        case pem([UInt8])
    }

    private enum State {
        case locked
        case unlocking([@Sendable (Answer) -> Void])
        case over(Answer)
    }

    private static let triesOnTerminal = 3

    let path: String
    private let content: Content
    private let state = Mutex(State.locked)
    private let asked = Atomic(false)

    init(_ file: OpenSSHKeyFile, path: String) {
        self.path = path
        content = .openSSH(file)
    }

    init(pem: [UInt8], path: String) {
        self.path = path
        content = .pem(pem)
    }

    /// Whether the operator was asked for it.
    var wasAsked: Bool { asked.load(ordering: .relaxed) }

    /// The key, once somebody unlocked it.
    var key: PrivateKey? {
        state.withLock { if case .over(.success(let key)) = $0 { key } else { nil } }
    }

    /// Decrypts the key, unless that is done or under way.
    ///
    /// - Parameters:
    ///   - passphrase: where the inventory says it is; nil asks the operator.
    ///   - done: called once, on any thread.
    func unlock(
        passphrase: SecretSource?, prompt: SecretPrompt, done: @escaping @Sendable (Answer) -> Void
    ) {
        let (isFirst, known) = state.withLock { state -> (Bool, Answer?) in
            switch state {
            case .over(let answer): return (false, answer)
            case .unlocking(let waiting):
                state = .unlocking(waiting + [done])
                return (false, nil)
            case .locked:
                state = .unlocking([done])
                return (true, nil)
            }
        }
        if let known { return done(known) }
        guard isFirst else { return }
        if let passphrase {
            BlockingPool.shared.submit { [self] in finish(configured(passphrase)) }
        } else {
            // A person may take minutes: that is no work for a pool that others need.
            // Somebody else may know the passphrase where nobody could be asked.
            spawnThread { [self] in finish(askOperator(prompt), isFinal: prompt.isAvailable) }
        }
    }

    private func finish(_ answer: Answer, isFinal: Bool = true) {
        let waiting = state.withLock { state -> [@Sendable (Answer) -> Void] in
            guard case .unlocking(let waiting) = state else { return [] }
            state = isFinal ? .over(answer) : .locked
            return waiting
        }
        for done in waiting { done(answer) }
    }

    private func configured(_ source: SecretSource) -> Answer {
        do throws(SecretError) {
            return open(try source.read()).map { .success($0) }
                ?? refused("the passphrase in \(source.place) does not open it")
        } catch {
            return refused(error.description)
        }
    }

    private func askOperator(_ prompt: SecretPrompt) -> Answer {
        guard prompt.isAvailable else {
            return refused(
                """
                it is encrypted, and there is no terminal to ask for its passphrase; give [ssh] passphrase = \
                { env = "NAME" } or { file = "path" }, or load the key into an agent: ssh-add \(path.shellQuoted)
                """)
        }
        asked.store(true, ordering: .relaxed)
        for _ in 0..<Self.triesOnTerminal {
            guard let passphrase = prompt.ask(.passphrase(keyFile: path)) else {
                return refused("no passphrase was given")
            }
            if let key = open(passphrase) { return .success(key) }
        }
        return refused("none of the passphrases opens it")
    }

    private func refused(_ reason: String) -> Answer { .failure(Refusal(reason: reason)) }

    private func open(_ passphrase: String) -> PrivateKey? {
        switch content {
        case .openSSH(let file): return file.key(passphrase: passphrase)
        case .pem(let bytes):
            guard case .key(let key) = LibCrypto.readPEM(bytes, passphrase: passphrase) else { return nil }
            return key
        }
    }
}
