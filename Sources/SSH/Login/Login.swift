import Transport

/// A login under way: what was tried, and what an error will say about it.
struct Login {
    let request: LoginRequest
    var plan: LoginPlan
    var attempts = 0
    var tried: [String] = []
    /// Why keys that the server wanted could not sign.
    var notes: [String] = []
    var acceptedKey: HostKey?
    var typedPassword: String?
    var passwordIsWrong = false
    var askedOperator = false
    var needsOwnLoop = false

    /// What ``tried`` calls a password.
    static let password = "a password"

    private let address: String

    init(_ request: LoginRequest, address: String) {
        self.request = request
        self.address = address
        plan = LoginPlan(
            keys: request.keys.keys.count, hasPassword: request.password != nil, canAsk: request.prompt.isAvailable)
    }

    /// The error for a server that ended the connection.
    ///
    /// What PAM's account rules say comes as a banner, which libssh2 does not hand on (fact 22).
    func hungUp(_ reason: String) -> TransportError {
        let isOverTries = reason.contains("Too many authentication failures")
        if plan.isPartial || tried.last == Self.password, !isOverTries {
            return .accessDenied(user: request.user, address: address, reason: reason)
        }
        let count = tried.count
        var text = "\(reason) after \(count) key\(count == 1 ? "" : "s") (MaxAuthTries in its sshd_config)"
        let rest = request.keys.keys.count - count
        if rest > 0 { text += "; \(rest) more were not tried" }
        return failed(text)
    }

    /// The error for a login in which nothing is left to try.
    func failure() -> TransportError {
        let wantsPassword = methods.contains { $0 == "password" || $0 == "keyboard-interactive" }
        let wantsMore = wantsPassword || plan.isPartial && methods.isEmpty
        if wantsMore, request.password == nil, !request.prompt.isAvailable, notes.isEmpty {
            return secretNeeded(
                plan.isPartial
                    ? "the key alone is not enough for it, and there is no terminal to ask on"
                    : "there is no terminal to ask on")
        }
        if plan.leftOut > 0 {
            return failed(
                """
                it accepts none of \(tried.count) keys; \(plan.leftOut) more were not tried, since servers hang up \
                after 6 (MaxAuthTries)
                """)
        }
        if tried.isEmpty, request.keys.keys.isEmpty, !methods.isEmpty {
            return failed("there is no key to offer\(allowed)")
        }
        if passwordIsWrong { return failed("it refuses the password\(allowed)") }
        if plan.isPartial { return failed("the key alone is not enough for it\(allowed)") }
        if !notes.isEmpty, notes.count == tried.count { return failed("no key that it accepts could sign\(allowed)") }
        return failed("the server accepts none of these keys\(allowed)")
    }

    /// The error for a server that wants what nobody gave.
    func secretNeeded(_ reason: String) -> TransportError {
        .secretNeeded(user: request.user, address: address, tried: tried, reason: reason + allowed + explanations)
    }

    private var methods: [String] { plan.methods ?? [] }

    private var allowed: String { methods.isEmpty ? "" : " (it offers: \(methods.joined(separator: ",")))" }

    private var explanations: String {
        let obstacles = request.keys.obstacles.map { "\n\($0)" }
        return notes.map { "\n\($0)" }.joined() + obstacles.joined()
    }

    private func failed(_ reason: String) -> TransportError {
        .authenticationFailed(user: request.user, address: address, tried: tried, reason: reason + explanations)
    }
}
