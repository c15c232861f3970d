extension TransportError {
    /// What to type or do next, for the last line of an error; a command in it can be typed as it stands.
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
        case .authenticationFailed(let user, let address, let tried, let reason):
            Self.adviceWhereNoKeyHelped(user, address, tried: tried, reason: reason, inventory: inventory)
        case .secretNeeded(let user, let address, _, _):
            "install a key: ssh-copy-id \(Self.sshArguments(address, user)); or give [ssh] password = { env = \"NAME\" } in \(inventory)"
        case .accessDenied(let user, let address, _): "read what it says: ssh \(Self.sshArguments(address, user)) true"
        case .identityUnusable(let path, let reason):
            Self.adviceOnKey(path, reason: reason)
                ?? "ssh-keygen -t ed25519, then name that key as `identity` in \(inventory)"
        case .timedOut, .connectionLost: "harun check --online \(inventory)"
        case .incompatible: "allow a common algorithm in the node's sshd_config; docs/libssh2.md lists harun's"
        case .sessionRefused: "on the node, as root: sshd -T | grep -iE 'maxsessions|forcecommand|permittty|chroot'"
        case .sudoRefused, .wrapperRefused, .notRecorded: adviceOnSudo(inventory: inventory)
        case .notBegun(let user, let address, let said, _):
            Self.adviceWhereNothingBegan(user, address, said: said, inventory: inventory)
        case .uploadFailed(let path, _): "on the node: df \(path.shellQuoted); mount | grep ' / '"
        case .outputTooLong: "write the output to a file on the node: COMMAND >FILE"
        case .downloadFailed(let path, _): "on the node: ls -l \(path.shellQuoted); here: df ."
        case .cancelled: "harun deploy \(inventory)"
        case .mayStillRun: "look on the node whether it still runs: ps -ef"
        case .viaJump(_, let error): error.advice(inventory: inventory)
        }
    }

    /// What to do where the server took none of the keys, or none of them could sign.
    private static func adviceWhereNoKeyHelped(
        _ user: String, _ address: String, tried: [String], reason: String, inventory: String
    ) -> String {
        // Keys of an agent, and passwords, have names that are no paths.
        let path = tried.first { $0.hasPrefix("/") }
        if let advice = adviceOnKey(path ?? "ssh-agent", reason: reason) { return advice }
        let key = path ?? (tried.isEmpty ? "~/.ssh/id_ed25519" : nil)
        let file = key.map { $0.hasSuffix(".pub") ? $0 : $0 + ".pub" }
        let option = file.map { $0.hasPrefix("~/") ? "-i \($0) " : "-i \($0.shellQuoted) " } ?? ""
        let install = "ssh-copy-id \(option)\(sshArguments(address, user))"
        return user == "root"
            ? "\(install); or name another `user` in \(inventory), where its sshd lets no root in (PermitRootLogin)"
            : install
    }

    /// What to do about a key that cannot sign; nil where the reason names nothing that helps.
    private static func adviceOnKey(_ path: String, reason: String) -> String? {
        let file = path.hasSuffix(".pub") ? String(path.dropLast(4)) : path
        let isFile = path.hasPrefix("/")
        if isFile, reason.contains("ssh-keygen -p") { return "ssh-keygen -p -Z aes256-ctr -f \(path.shellQuoted)" }
        if isFile, reason.contains("no agent holds") || reason.contains("no terminal to ask for its passphrase") {
            return "ssh-add \(file.shellQuoted)"
        }
        if isFile, reason.contains("passphrase") {
            return "see which passphrase opens it: ssh-keygen -y -f \(file.shellQuoted)"
        }
        return reason.contains("the agent ") ? "see what the agent holds: ssh-add -l" : nil
    }

    /// A place as errors name it, in the words that `ssh` and `ssh-copy-id` take.
    ///
    /// - Parameters:
    ///   - place: `Endpoint.place`.
    ///   - user: who logs in; nil leaves it to them.
    package static func sshArguments(_ place: String, _ user: String? = nil) -> String {
        let words = place.split(separator: " ").map(String.init)
        var options: [String] = []
        for index in stride(from: 1, to: max(1, words.count - 1), by: 2) {
            switch words[index] {
            case "port": options += ["-p", words[index + 1]]
            // ssh-copy-id has no -J.
            case "via": options += ["-o", "ProxyJump=\(words[index + 1])".shellQuoted]
            default: break
            }
        }
        let host = words.first ?? place
        return (options + [(user.map { "\($0)@\(host)" } ?? host).shellQuoted]).joined(separator: " ")
    }
}
