extension TransportError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unreachable(let address, let reason):
            return "cannot connect to \(address): \(reason)"
        case .hostKeyUnknown(let host, let keyType, let fingerprint, let knownHosts):
            return """
                the host key of \(host) is not known: it showed \(keyType) \(fingerprint), and \(knownHosts) has no \
                key for it
                """
        case .hostKeyChanged(let host, let keyType, let fingerprint, let expected, let knownHosts, let line):
            return """
                THE HOST KEY OF \(host) HAS CHANGED: the host was reinstalled, or somebody sits in between
                expected \(expected.joined(separator: ", ")) (\(knownHosts) line \(line))
                it showed \(keyType) \(fingerprint)
                """
        case .hostKeyOtherType(let host, let keyType, let fingerprint, let known, let knownHosts, let line):
            return """
                this host key of \(host) is not known: it showed \(keyType) \(fingerprint)
                \(knownHosts) line \(line) knows it by \(known.joined(separator: ", ")), and it showed no such key
                """
        case .hostKeyRevoked(let host, let fingerprint, let knownHosts, let line):
            return "the host key of \(host) is revoked: \(fingerprint) (\(knownHosts) line \(line))"
        case .authenticationFailed(let user, let address, let tried, let reason):
            let keys = tried.isEmpty ? "no key was offered" : "offered \(tried.joined(separator: ", "))"
            return "\(address) does not let \(user) in: \(reason); \(keys)"
        case .secretNeeded(let user, let address, let tried, let reason):
            let keys = tried.isEmpty ? "" : "; offered \(tried.joined(separator: ", "))"
            return "\(address) wants a password or an answer from \(user): \(reason)\(keys)"
        case .identityUnusable(let path, let reason):
            return "the key \(path) cannot be used: \(reason)"
        case .timedOut("start", let after):
            return "the node did not begin the command within \(after.components.seconds) s; nothing of it ran"
        case .timedOut(let phase, let after):
            return "no end of the \(phase) after \(after.components.seconds) s"
        case .connectionLost(let during, let reason):
            return "the connection was lost during the \(during): \(reason)"
        case .incompatible(let reason):
            return "the server's SSH and libssh2 do not go together: \(reason)"
        case .accessDenied(let user, let address, let reason):
            return """
                \(address) knows who \(user) is and does not let them in (\(reason)): the account has expired or is \
                locked, /etc/nologin is there, or an access rule says so
                """
        case .sessionRefused(let address, let reason):
            return "\(address) is of no use: \(reason)"
        case .sudoRefused(let user, let reason):
            return "\(user) cannot become root without a password: \(reason)"
        case .wrapperRefused(let user, let reason):
            return "\(user) cannot become root through \(SudoWay.wrapperPath): \(reason)"
        case .notRecorded(let reason):
            return "the node cannot write down what is to run as root, so nothing of it ran: \(reason)"
        case .notBegun(let user, let address, let said, let status):
            let words = said.isEmpty ? "it said nothing" : "it said “\(said)”"
            let end = status == 0 ? "" : " and ended with exit code \(status)"
            return
                "\(address) ran something else for \(user) in place of harun's command, of which nothing ran: \(words)\(end)"
        case .uploadFailed(let path, let reason):
            return "cannot write \(path): \(reason)"
        case .outputTooLong(let limitBytes):
            return "the command printed more than \(limitBytes >> 20) MiB and was killed"
        case .mayStillRun(.outputTooLong(let limitBytes)):
            return "the command printed more than \(limitBytes >> 20) MiB; it could not be killed and may still run"
        case .mayStillRun(let error):
            return "\(error); it is not proved that its processes were killed, they may still run"
        case .downloadFailed(let path, let reason):
            return "cannot fetch \(path): \(reason)"
        case .cancelled:
            return "cancelled"
        case .viaJump(let host, let error):
            return "the jump host \(host): \(error)"
        }
    }
}
