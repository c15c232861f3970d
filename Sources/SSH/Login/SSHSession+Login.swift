import CLibSSH2
import Logging
import Synchronization
import Transport

extension SSHSession {
    /// Logs in with whatever of the request the server accepts, in the order of ``LoginPlan``.
    ///
    /// The operator's time does not count against the deadline.
    func login(_ request: LoginRequest) async throws(TransportError) -> LoginEnding {
        try await perform("login", within: deadlines.login) { operation throws(TransportError) in
            try await exclusively(operation) { () throws(TransportError) in
                var login = Login(request, address: address)
                return try await run(&login, operation)
            }
        }
    }

    private func run(_ login: inout Login, _ operation: SSHOperation) async throws(TransportError) -> LoginEnding {
        let wire = operation.handle.wire
        let began = loop.now
        while true {
            let isFirst = login.attempts == 0
            let step = login.plan.next()
            login.attempts += 1
            log.debug("\(login.words(for: step))")
            let isIn: Bool
            switch step {
            case .key(let number): isIn = try await offer(login.request.keys.keys[number], &login, operation)
            case .methods: isIn = try await listMethods(&login, wasFirst: isFirst, operation)
            case .password: isIn = try await offerPassword(&login, operation)
            case .keyboard: isIn = try await converse(&login, operation)
            case .giveUp: throw login.failure()
            }
            if wire.failure == nil { log.debug("\(login.answer(to: step, isIn: isIn))") }
            if isIn { log.info("logged in as \(login.request.user) after \((loop.now - began).brief)") }
            if isIn { return .done(key: login.acceptedKey, typedPassword: login.typedPassword) }
            if login.needsOwnLoop { return .needsOwnLoop }
            guard let reason = wire.failure else { continue }
            if login.askedOperator { return .lostWhileAsking(typedPassword: login.typedPassword) }
            throw login.hungUp(reason)
        }
    }

    // MARK: Keys

    /// Whether the key was enough.
    private func offer(
        _ key: LoginKey, _ login: inout Login, _ operation: SSHOperation
    ) async throws(TransportError) -> Bool {
        login.tried.append(key.name)
        if key.publicKey == nil, case .locked(let file) = key.signer {
            return try await offerAfterUnlocking(file, &login, operation)
        }
        if case .library(let bytes) = key.signer { return try await offerThroughLibrary(bytes, &login, operation) }
        guard let offered = key.offered else { return false }
        let pending = pending(key, login.request, operation)
        var abstract: UnsafeMutableRawPointer? = Unmanaged.passUnretained(pending).toOpaque()
        let raw = operation.handle.raw
        let user = login.request.user
        defer { withExtendedLifetime(pending) {} }
        let result = try await drive(operation) {
            libssh2_userauth_publickey(
                raw, user, offered.blob, offered.blob.count, PendingSignature.callback, &abstract)
        }
        if case .locked(let file) = key.signer, file.wasAsked { login.askedOperator = true }
        guard case .failure = result else {
            login.acceptedKey = offered
            return true
        }
        switch pending.state {
        case .unasked, .waiting: login.plan.ended(.refused)
        case .failed(let reason):
            login.plan.ended(.unsigned)
            login.notes.append("\(key.name): \(reason)")
        case .made:
            login.acceptedKey = offered
            login.plan.ended(.partial)
        }
        return false
    }

    private func pending(_ key: LoginKey, _ request: LoginRequest, _ operation: SSHOperation) -> PendingSignature {
        let wake: @Sendable () -> Void = { [self] in loop.perform { [self] in assumeIsolated { $0.wakeAll() } } }
        switch key.signer {
        case .key(let key):
            return PendingSignature { message, pending in pending.finish(Self.signature(of: message, with: key)) }
        case .agent(let agent):
            guard let publicKey = key.publicKey else { return PendingSignature { _, _ in } }
            return PendingSignature { message, pending in
                agent.sign(message, with: publicKey) { result in
                    pending.finish(result)
                    wake()
                }
            }
        case .locked(let file):
            let id = operation.id
            return PendingSignature { [self] message, pending in
                if request.passphrase == nil { assumeIsolated { $0.stopDeadline(id) } }
                file.unlock(passphrase: request.passphrase, prompt: request.prompt) { [self] answer in
                    pending.finish(answer.flatMap { Self.signature(of: message, with: $0) })
                    loop.perform { [self] in
                        assumeIsolated {
                            $0.startDeadline(id)
                            $0.wakeAll()
                        }
                    }
                }
            }
        case .library: return PendingSignature { _, _ in }
        }
    }

    private static func signature(
        of message: [UInt8], with key: PrivateKey
    ) -> Result<[UInt8], LockedKey.Refusal> {
        key.signature(of: message).map { .success($0) } ?? .failure(LockedKey.Refusal(reason: "it does not sign"))
    }

    /// A key whose public half is encrypted as well: it has to be opened before the server can be asked.
    private func offerAfterUnlocking(
        _ file: LockedKey, _ login: inout Login, _ operation: SSHOperation
    ) async throws(TransportError) -> Bool {
        let request = login.request
        let answer = try await awaitAnswer(operation, isOperator: request.passphrase == nil) { done in
            file.unlock(passphrase: request.passphrase, prompt: request.prompt, done: done)
        }
        if file.wasAsked { login.askedOperator = true }
        switch answer {
        case .success(let key):
            login.tried.removeLast()
            let opened = LoginKey(name: file.path, publicKey: key.publicKey, signer: .key(key))
            return try await offer(opened, &login, operation)
        case .failure(let refusal):
            login.plan.ended(.unsigned)
            login.notes.append("\(file.path): \(refusal.reason)")
            return false
        }
    }

    /// A key that only libssh2 can sign with.
    private func offerThroughLibrary(
        _ file: [UInt8], _ login: inout Login, _ operation: SSHOperation
    ) async throws(TransportError) -> Bool {
        let raw = operation.handle.raw
        let user = login.request.user
        let result = try await drive(operation) {
            file.withUnsafeBytes { bytes in
                libssh2_userauth_publickey_frommemory(
                    raw, user, user.utf8.count, nil, 0, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, nil)
            }
        }
        guard case .failure(let failure) = result else { return true }
        login.plan.ended(failure.code == .publicKeyUnverified ? .partial : .refused)
        return false
    }

    // MARK: Everything else

    private func listMethods(
        _ login: inout Login, wasFirst: Bool, _ operation: SSHOperation
    ) async throws(TransportError) -> Bool {
        let raw = operation.handle.raw
        let user = login.request.user
        let result = try await drive(operation) { () -> Step<String> in
            if let list = libssh2_userauth_list(raw, user, UInt32(user.utf8.count)) {
                return .done(String(cString: list))
            }
            let code = libssh2_session_last_errno(raw)
            return code == LIBSSH2_ERROR_EAGAIN ? .wouldBlock : .failed(code)
        }
        // A server may let somebody in without asking for anything.
        if libssh2_userauth_authenticated(raw) != 0 { return true }
        let list = (try? result.get()) ?? ""
        login.plan.listed(
            list.safeForTerminal.split(separator: ",").map(String.init), wasFirst: wasFirst)
        return false
    }

    private func offerPassword(
        _ login: inout Login, _ operation: SSHOperation
    ) async throws(TransportError) -> Bool {
        guard let password = try await password(&login, operation) else { return false }
        login.tried.append(Login.password)
        let raw = operation.handle.raw
        let user = login.request.user
        let result = try await drive(operation) {
            libssh2_userauth_password_ex(
                raw, user, UInt32(user.utf8.count), password, UInt32(password.utf8.count), nil)
        }
        guard case .failure(let failure) = result else { return true }
        login.passwordIsWrong = true
        login.typedPassword = nil
        if failure.code == .passwordExpired {
            let target = TransportError.sshArguments(address, user)
            login.notes.append("the password has expired; set a new one: ssh \(target)")
        }
        login.plan.refused()
        return false
    }

    private func password(
        _ login: inout Login, _ operation: SSHOperation
    ) async throws(TransportError) -> String? {
        let request = login.request
        switch request.password {
        case .success(let password)?: return password
        case .failure(let error)?: throw login.secretNeeded(error.description)
        case nil:
            let question = SecretQuestion.password(user: request.user, address: address)
            let typed = try await awaitAnswer(operation, isOperator: true) { done in
                spawnThread { done(request.prompt.ask(question)) }
            }
            login.askedOperator = true
            guard let typed, !typed.isEmpty else { throw login.secretNeeded("none was given") }
            login.typedPassword = typed
            return typed
        }
    }

    private func converse(_ login: inout Login, _ operation: SSHOperation) async throws(TransportError) -> Bool {
        let request = login.request
        let wire = operation.handle.wire
        var password: String?
        switch request.password {
        case .success(let known)?: password = known
        case .failure(let error)? where !request.prompt.isAvailable: throw login.secretNeeded(error.description)
        default: break
        }
        let conversation = KeyboardConversation(
            user: request.user, address: address, password: password, prompt: request.prompt,
            mayBlock: request.mayBlock)
        wire.conversation = conversation
        defer { wire.conversation = nil }
        let raw = operation.handle.raw
        let result = try await drive(operation) { () -> Step<CInt> in
            let code = libssh2_userauth_keyboard_interactive_ex(
                raw, request.user, UInt32(request.user.utf8.count), KeyboardConversation.callback)
            if conversation.askedOperator { startDeadline(operation.id) }
            if code == LIBSSH2_ERROR_EAGAIN { return .wouldBlock }
            return code < 0 ? .failed(code) : .done(code)
        }
        login.askedOperator = login.askedOperator || conversation.askedOperator
        guard case .failure = result else { return true }
        if let question = conversation.unanswered {
            if !request.mayBlock, request.prompt.isAvailable {
                login.needsOwnLoop = true
                return false
            }
            throw login.secretNeeded("it asks “\(question.prompt)”, and there is no answer")
        }
        login.tried.append("answers to its questions")
        login.passwordIsWrong = true
        login.plan.refused()
        return false
    }

    // MARK: Waiting

    /// Waits for something that answers on another thread.
    ///
    /// - Parameter isOperator: whether a person answers, whose time does not count.
    private func awaitAnswer<Value: Sendable>(
        _ operation: SSHOperation, isOperator: Bool, _ start: (@escaping @Sendable (Value) -> Void) -> Void
    ) async throws(TransportError) -> Value {
        let box = AnswerBox<Value>()
        if isOperator { stopDeadline(operation.id) }
        defer { if isOperator { startDeadline(operation.id) } }
        start { [self] value in
            box.value.withLock { $0 = value }
            loop.perform { [self] in assumeIsolated { $0.wakeAll() } }
        }
        while true {
            if let value = box.value.withLock({ $0 }) { return value }
            try await wait(operation)
        }
    }
}

/// A value on its way from another thread.
private final class AnswerBox<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
}
