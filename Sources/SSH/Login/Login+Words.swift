import Logging
import Transport

/// A login in the words of the log: which keys and which answers, and never a secret.
extension Login {
    /// What is tried now.
    func words(for step: LoginPlan.Step) -> String {
        switch step {
        case .key(let number): "offers \(request.keys.keys[number].words)"
        case .methods: "asks what may be offered"
        case .password: request.password == nil ? "asks the operator for the password" : "offers the password"
        case .keyboard: "lets the server ask (keyboard-interactive)"
        case .giveUp: "nothing is left to offer"
        }
    }

    /// What the server made of it.
    func answer(to step: LoginPlan.Step, isIn: Bool) -> String {
        if isIn { return "accepted" }
        switch step {
        case .key:
            switch plan.keyEnding {
            case .unsigned?: return "the key was not used: \(notes.last ?? "nobody signed with it")"
            case .partial?: return "the key is accepted, and not enough alone"
            case .refused?, nil: return "the server does not accept the key"
            }
        case .methods:
            let methods = plan.methods ?? []
            return methods.isEmpty ? "the server does not say" : "the server offers \(methods.joined(separator: ", "))"
        case .password: return "the server does not accept the password"
        case .keyboard:
            return needsOwnLoop ? "its question is for the operator" : "the server does not accept the answers"
        case .giveUp: return ""
        }
    }
}

extension LoginKey {
    /// Where it is, its type and its fingerprint.
    var words: String {
        let kind = certificate == nil ? "the key" : "the certificate"
        guard let offered else { return "\(kind) \(name)" }
        return "\(kind) \(name) (\(offered.type) \(offered.fingerprint))"
    }
}

extension LoginKeys {
    /// Says what cannot be offered, and why; what can be is said when it is.
    func say(to log: Logger) {
        log.debug("has \(keys.count) key\(keys.count == 1 ? "" : "s") to offer")
        for obstacle in obstacles { log.debug("does not offer: \(obstacle)") }
    }
}

extension LoginEnding {
    /// Why it needs another connection.
    var reason: String {
        switch self {
        case .done: "it is in"
        case .needsOwnLoop: "the server has a question for the operator"
        case .lostWhileAsking: "the server hung up while the operator was asked"
        }
    }
}
