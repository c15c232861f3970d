import CLibSSH2
import Glibc
import Logging
import Transport

/// What harun negotiates, best first: no CBC, RC4, SHA-1, MD5 or compression.
///
/// Names that the installed libssh2 does not know are dropped by it. The two markers of key exchange must
/// stay in the list, or a newer libssh2 would lose its protection against prefix truncation.
private enum Methods {
    static let keyExchange = """
        curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,\
        diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,diffie-hellman-group-exchange-sha256,\
        diffie-hellman-group14-sha256,ext-info-c,kex-strict-c-v00@openssh.com
        """
    static let hostKeys = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512",
        "rsa-sha2-256",
    ]
    static let ciphers = "aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr"
    static let macs = """
        hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512
        """
}

extension SSHSession {
    /// Watches the carrier; once, before anything else.
    func start() {
        guard let handle else { return }
        let code = handle.wire.carrier.watch { [self] events in
            assumeIsolated { $0.ready(events) }
        }
        if code != 0 { tearDown("its socket cannot be watched: \(String(cString: strerror(code)))") }
    }

    /// The server closed the connection without its banner, and said nothing or that it is full: trying again
    /// soon may help.
    var wasDropped: Bool {
        guard let greeting = handle?.wire.greeting, !greeting.hasBanner else { return false }
        return greeting.refusal.map { $0.contains("MaxStartups") } ?? true
    }

    /// The types of host keys that the server has, best first; known until the login is over.
    var offeredHostKeyTypes: [String] { handle?.wire.greeting?.hostKeyTypes ?? [] }

    /// What OpenSSH 9.8 and later says to an address that failed too often of late.
    private static func isPenalty(_ refusal: String) -> Bool { refusal.contains("Not allowed at this time") }

    /// What a server may send before its key is proved, in bytes; OpenSSH needs about two thousand.
    private static let handshakeLimit = 1 << 18

    /// Exchanges keys and answers the key that the host proved to hold.
    ///
    /// - Parameter types: key types to ask for first; the others stay allowed, so that a host with another
    ///   key is refused with both fingerprints and not with a failed negotiation.
    func handshake(preferring types: [String]) async throws(TransportError) -> HostKey {
        try await perform("handshake", within: deadlines.handshake) { operation throws(TransportError) in
            let raw = operation.handle.raw
            setMethods(raw, preferring: types)
            let wire = operation.handle.wire
            let began = loop.now
            var saysBanner = log.logLevel <= .debug
            let result = try await drive(operation) {
                // libssh2 keeps what it cannot use yet, and nobody has proved to be anybody so far.
                guard wire.bytesIn < Self.handshakeLimit else { return LIBSSH2_ERROR_PROTO }
                let code = libssh2_session_handshake(raw, wire.carrier.descriptor)
                // Said as it comes: what hangs then, hangs behind it.
                if saysBanner, let banner = wire.greeting?.banner {
                    saysBanner = false
                    log.debug("the server is \(banner)")
                }
                return code
            }
            if case .failure(let failure) = result { throw handshakeError(failure, operation.handle.wire) }
            log.debug("\(Self.negotiated(raw)), after \((loop.now - began).brief)")
            var length = 0
            var type: CInt = 0
            guard let bytes = libssh2_session_hostkey(raw, &length, &type) else {
                throw .incompatible(reason: "\(address) proved no host key")
            }
            let blob = UnsafeRawBufferPointer(start: bytes, count: length)
            guard let key = HostKey(blob: Array(blob)) else {
                throw .incompatible(reason: "\(address) showed a malformed host key")
            }
            return key
        }
    }

    /// What both sides agreed on, by libssh2's word.
    private static func negotiated(_ raw: OpaquePointer) -> String {
        func method(_ kind: CInt) -> String { libssh2_session_methods(raw, kind).map { String(cString: $0) } ?? "?" }
        func both(_ out: CInt, _ back: CInt) -> String {
            let (there, here) = (method(out), method(back))
            return there == here ? there : "\(there) out, \(here) back"
        }
        return """
            key exchange \(method(LIBSSH2_METHOD_KEX)), host key \(method(LIBSSH2_METHOD_HOSTKEY)), \
            cipher \(both(LIBSSH2_METHOD_CRYPT_CS, LIBSSH2_METHOD_CRYPT_SC)), \
            MAC \(both(LIBSSH2_METHOD_MAC_CS, LIBSSH2_METHOD_MAC_SC))
            """
    }

    private func setMethods(_ raw: OpaquePointer, preferring types: [String]) {
        let wanted = types.flatMap { $0 == "ssh-rsa" ? ["rsa-sha2-512", "rsa-sha2-256"] : [$0] }
            .filter { Methods.hostKeys.contains($0) }
        let hostKeys = wanted + Methods.hostKeys.filter { !wanted.contains($0) }
        let preferences: [(CInt, String)] = [
            (LIBSSH2_METHOD_KEX, Methods.keyExchange),
            (LIBSSH2_METHOD_HOSTKEY, hostKeys.joined(separator: ",")),
            (LIBSSH2_METHOD_CRYPT_CS, Methods.ciphers),
            (LIBSSH2_METHOD_CRYPT_SC, Methods.ciphers),
            (LIBSSH2_METHOD_MAC_CS, Methods.macs),
            (LIBSSH2_METHOD_MAC_SC, Methods.macs),
        ]
        for (method, list) in preferences { libssh2_session_method_pref(raw, method, list) }
    }

    private func handshakeError(_ failure: LibSSH2Failure, _ wire: Wire) -> TransportError {
        switch failure.code {
        case .kexFailure, .methodNone, .methodNotSupported:
            .incompatible(
                reason: """
                    \(address) and libssh2 \(LibSSH2Version.text) have no common algorithm (\(failure)). It needs one of \
                    curve25519-sha256, ecdh-sha2-* or diffie-hellman-group14-sha256 (KexAlgorithms), aes*-ctr \
                    (Ciphers), hmac-sha2-256 or hmac-sha2-512 (MACs; the -etm ones come with libssh2 1.11) and an \
                    ed25519 or ecdsa host key in the server's sshd_config
                    """)
        case .hostKeyInit, .hostKeySign, .invalidMAC, .decrypt, .protocolBroken:
            .incompatible(reason: "\(address) broke the SSH protocol: \(failure)")
        default:
            .unreachable(address: address, reason: unreachableReason(failure, wire))
        }
    }

    private func unreachableReason(_ failure: LibSSH2Failure, _ wire: Wire) -> String {
        let reason = "no SSH handshake: \(wire.failure ?? failure.description)"
        guard let greeting = wire.greeting, !greeting.hasBanner else { return reason }
        guard let refusal = greeting.refusal else { return reason + ", no banner" }
        if Self.isPenalty(refusal) {
            return """
                it penalises this machine's address for failed or broken logins (PerSourcePenalties of OpenSSH 9.8): \
                it says "\(refusal)". Wait some minutes, or add the address to PerSourcePenaltyExemptList in its \
                sshd_config
                """
        }
        return reason + "; instead of a banner it said: \(refusal)"
    }
}
