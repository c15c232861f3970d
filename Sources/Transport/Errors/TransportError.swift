/// Why a node could not be reached or spoken to; never says anything about what a command did.
package enum TransportError: Error, Sendable, Hashable {
    /// No connection: refused, no route, name unknown, or no answer in time. Nothing was sent.
    case unreachable(address: String, reason: String)
    /// The host showed a key that known_hosts does not know.
    case hostKeyUnknown(host: String, keyType: String, fingerprint: String, knownHosts: String)
    /// The host showed another key than the known one: a reinstalled host, or somebody in between.
    case hostKeyChanged(
        host: String, keyType: String, fingerprint: String, expected: [String], knownHosts: String, line: Int)
    /// known_hosts has keys of other types for the host, none of which it showed when asked for them.
    case hostKeyOtherType(
        host: String, keyType: String, fingerprint: String, known: [String], knownHosts: String, line: Int)
    /// known_hosts marks the shown key as revoked.
    case hostKeyRevoked(host: String, fingerprint: String, knownHosts: String, line: Int)
    /// The server accepted none of the keys that were offered.
    case authenticationFailed(user: String, address: String, tried: [String], reason: String)
    /// The server wants a password or an answer, and nobody gives one.
    case secretNeeded(user: String, address: String, tried: [String], reason: String)
    /// A key cannot be used: missing, unreadable, locked, or of a type libssh2 cannot sign with.
    case identityUnusable(path: String, reason: String)
    /// A phase took longer than it may: `resolve`, `connect`, `handshake`, `login`, `open`, `start`, `command`,
    /// `upload`, `download`, `close`.
    case timedOut(phase: String, after: Duration)
    /// The connection ended while something was under way: what was running may still run.
    case connectionLost(during: String, reason: String)
    /// The server and libssh2 have no common algorithm, or the protocol was broken.
    case incompatible(reason: String)
    /// The server knew who logs in, and ended the connection: an expired account, `/etc/nologin`, an access rule.
    case accessDenied(user: String, address: String, reason: String)
    /// The server opens no session, or takes no request on it. Nothing was asked of it.
    case sessionRefused(address: String, reason: String)
    /// The other user than root cannot become root without a password.
    case sudoRefused(user: String, reason: String)
    /// The other user than root cannot become root through the one program that the inventory names for it.
    case wrapperRefused(user: String, reason: String)
    /// That program could not write the script down, so it ran nothing of it.
    case notRecorded(reason: String)
    /// The server ran something else in place of the command, or its shell ended first; nothing of the command ran.
    ///
    /// - `said`: what it printed, in one line, perhaps nothing; `status`: what it ended with.
    case notBegun(user: String, address: String, said: String, status: Int32)
    /// The node could not write the file: no such folder, no space, no permission. The old one is untouched.
    case uploadFailed(path: String, reason: String)
    /// The command printed more than harun keeps, and was killed; nobody knows what it did until then.
    case outputTooLong(limitBytes: Int)
    /// The node's file could not be read, or its copy not be written here. No copy has the wanted name.
    case downloadFailed(path: String, reason: String)
    /// The caller gave up.
    case cancelled
    /// It was given up for this reason, and nobody can prove that its processes were killed.
    indirect case mayStillRun(TransportError)
    /// A host on the way to the node could not be reached or spoken to.
    indirect case viaJump(host: String, TransportError)
}

extension TransportError {
    /// Whether a command may have begun all the same, so that its node must be looked at.
    package var mayHaveBegun: Bool {
        switch self {
        case .connectionLost(let phase, _), .timedOut(let phase, _):
            !["resolve", "connect", "handshake", "login", "open", "start"].contains(phase)
        case .cancelled, .outputTooLong, .mayStillRun: true
        default: false
        }
    }

    /// Whether trying again may help without changing anything.
    ///
    /// A refused key or a changed host key never heals by itself. A lost connection is not retryable
    /// here, since the command may have run: the step's probe decides that.
    package var isRetryable: Bool {
        switch self {
        case .unreachable: true
        case .timedOut(let phase, _): phase == "resolve" || phase == "connect" || phase == "handshake"
        case .viaJump(_, let error): error.isRetryable
        default: false
        }
    }
}
