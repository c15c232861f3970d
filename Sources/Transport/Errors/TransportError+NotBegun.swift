extension TransportError {
    /// What to do about a server that runs something else in place of a command.
    ///
    /// - Parameters:
    ///   - said: what it printed, which is often the reason.
    ///   - inventory: the inventory's path as a word of the shell.
    static func adviceWhereNothingBegan(_ user: String, _ address: String, said: String, inventory: String) -> String {
        let ssh = "ssh \(sshArguments(address, user))"
        if let other = otherUser(in: said), other != user {
            return """
                log in as \(other): `user = "\(other)"` under [ssh] in \(inventory), once ssh \
                \(sshArguments(address, other)) true works; or take `command="…"` out of the line in \
                ~\(user)/.ssh/authorized_keys
                """
        }
        let words = said.lowercased()
        if words.contains("password") && (words.contains("expired") || words.contains("change")) {
            return "set a new password: \(ssh)"
        }
        if words.contains("account is currently not available") {
            return
                "name another `user` in \(inventory); or on the node, as root: usermod -s /bin/bash \(user.shellQuoted)"
        }
        if words.contains("sftp connections only") {
            return
                "name another `user` in \(inventory); or take ForceCommand internal-sftp off \(user) in the node's sshd_config"
        }
        return """
            see what it says: \(ssh) true; look for `command="…"` in ~\(user)/.ssh/authorized_keys, ForceCommand in \
            sshd_config, and `exit`, `exec` or a restricted shell in what \(user) logs in with; or name another `user` \
            in \(inventory)
            """
    }

    /// The user whom cloud images name in place of root: `Please login as the user "debian" rather than …`.
    private static func otherUser(in words: String) -> String? {
        guard let start = words.firstRange(of: "the user \"")?.upperBound,
            let end = words[start...].firstIndex(of: "\"")
        else { return nil }
        let name = words[start..<end]
        let isPlain = name.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || "-_.0123456789".utf8.contains(byte)
        }
        return name.isEmpty || name.hasPrefix("-") || !isPlain ? nil : String(name)
    }
}
