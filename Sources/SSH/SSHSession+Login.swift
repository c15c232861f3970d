import CLibSSH2
import Transport

extension SSHSession {
    /// Logs in with the first identity that the server accepts.
    func login(user: String, identities: [Identity]) async throws(TransportError) {
        try await perform("login", within: deadlines.login) { operation throws(TransportError) in
            var tried: [String] = []
            for identity in identities {
                let result = try await exclusively(operation) { () throws(TransportError) in
                    try await authenticate(user, identity, operation)
                }
                tried.append(identity.path)
                guard case .failure(let failure) = result else { return }
                let wire = operation.handle.wire
                if failure.code.isConnectionLoss || wire.failure != nil {
                    throw .authenticationFailed(
                        user: user, address: address, tried: tried,
                        reason: tooMany(failure, wire, tried.count, identities.count))
                }
            }
            throw .authenticationFailed(
                user: user, address: address, tried: tried,
                reason: "the server accepts none of these keys\(await acceptedMethods(user, operation))")
        }
    }

    private func authenticate(
        _ user: String, _ identity: Identity, _ operation: SSHOperation
    ) async throws(TransportError) -> Result<CInt, LibSSH2Failure> {
        let raw = operation.handle.raw
        if let signer = identity.signer {
            var abstract: UnsafeMutableRawPointer? = Unmanaged.passUnretained(signer).toOpaque()
            return try await drive(operation) {
                libssh2_userauth_publickey(
                    raw, user, signer.publicBlob, signer.publicBlob.count, Ed25519Signer.callback, &abstract)
            }
        }
        return try await drive(operation) {
            identity.bytes.withUnsafeBytes { bytes in
                libssh2_userauth_publickey_frommemory(
                    raw, user, user.utf8.count, nil, 0, bytes.bindMemory(to: CChar.self).baseAddress, bytes.count, nil)
            }
        }
    }

    private func tooMany(_ failure: LibSSH2Failure, _ wire: Wire, _ tried: Int, _ all: Int) -> String {
        let reason = wire.failure ?? failure.description
        let rest = tried < all ? "; \(all - tried) more were not tried" : ""
        return "\(reason) after \(tried) key\(tried == 1 ? "" : "s") (MaxAuthTries in its sshd_config)\(rest)"
    }

    /// What else the server would accept, asked only once everything failed: it explains a server for passwords.
    private func acceptedMethods(_ user: String, _ operation: SSHOperation) async -> String {
        let raw = operation.handle.raw
        let result = try? await drive(operation) { () -> Step<String> in
            if let list = libssh2_userauth_list(raw, user, UInt32(user.utf8.count)) {
                return .done(String(cString: list))
            }
            let code = libssh2_session_last_errno(raw)
            return code == LIBSSH2_ERROR_EAGAIN ? .wouldBlock : .failed(code)
        }
        guard case .success(let list)? = result, !list.isEmpty else { return "" }
        return " (it offers: \(list))"
    }
}
