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
        case .timedOut(let phase, let after):
            return "no end of the \(phase) after \(after.components.seconds) s"
        case .connectionLost(let during, let reason):
            return "the connection was lost during the \(during): \(reason)"
        case .incompatible(let reason):
            return "the server's SSH and libssh2 do not go together: \(reason)"
        case .sudoRefused(let user, let reason):
            return "\(user) cannot become root without a password: \(reason)"
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

    /// What to type or do next, for the last line of an error.
    ///
    /// - Parameter inventory: the inventory's path as the user wrote it.
    package func advice(inventory: String) -> String {
        let inventory = inventory.shellQuoted
        return switch self {
        case .unreachable(let address, _):
            "see whether the node is on and sshd answers: ssh \(Self.sshArguments(address)) true"
        case .hostKeyUnknown, .hostKeyOtherType:
            "compare the fingerprint with the node's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub "
                + "on its console), then: harun trust \(inventory)"
        case .hostKeyChanged(let host, _, _, _, let knownHosts, _):
            "only if you know why it changed: ssh-keygen -f \(knownHosts.shellQuoted) -R '\(host)' && harun trust \(inventory)"
        case .hostKeyRevoked(_, _, let knownHosts, let line):
            "do not connect to this host; the line in \(knownHosts):\(line) says so"
        case .authenticationFailed(let user, let address, let tried, _):
            "ssh-copy-id -i \(tried.first.map { "\($0).pub".shellQuoted } ?? "~/.ssh/id_ed25519.pub") \(Self.sshArguments(address, user))"
        case .secretNeeded(let user, let address, _, _):
            "install a key: ssh-copy-id \(Self.sshArguments(address, user)); or give [ssh] password = { env = \"NAME\" } in \(inventory)"
        case .identityUnusable: "ssh-keygen -t ed25519, then name that key as `identity` in \(inventory)"
        case .timedOut, .connectionLost: "harun check --online \(inventory)"
        case .incompatible: "allow a common algorithm in the node's sshd_config; docs/libssh2.md lists harun's"
        case .sudoRefused(let user, let reason):
            (reason.contains("not found") ? "on the node, as root: apt-get install sudo; " : "on the node, as root: ")
                + "echo '\(user) ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/harun"
        case .uploadFailed(let path, _): "on the node: df \(path.shellQuoted); mount | grep ' / '"
        case .outputTooLong: "write the output to a file on the node: COMMAND >FILE"
        case .downloadFailed(let path, _): "on the node: ls -l \(path.shellQuoted); here: df ."
        case .cancelled: "harun deploy \(inventory)"
        case .mayStillRun: "look on the node whether it still runs: ps -ef"
        case .viaJump(_, let error): error.advice(inventory: inventory)
        }
    }

    /// `HOST port N`, as errors name a host, in the words that `ssh` and `ssh-copy-id` take.
    ///
    /// - Parameter user: who logs in; nil leaves it to them.
    package static func sshArguments(_ address: String, _ user: String? = nil) -> String {
        let words = address.split(separator: " ")
        let name = user.map { "\($0)@" } ?? ""
        return words.count == 3 ? "-p \(words[2]) \(name)\(words[0])" : name + address
    }
}
