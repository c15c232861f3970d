extension TransportError {
    /// What to do where another user than root does not become root.
    ///
    /// - Parameter inventory: the inventory's path as a word of the shell.
    func adviceOnSudo(inventory: String) -> String {
        switch self {
        case .sudoRefused(let user, let reason):
            let install = reason.contains("No such file") ? "apt-get install sudo; " : ""
            return "on the node, as root: \(install)echo '\(user) ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/harun"
        case .wrapperRefused(let user, let reason): return Self.adviceOnWrapper(user, reason, inventory: inventory)
        default: return "on the node, as root: ls -ld /var/log/harun; df /var/log/harun; df -i /var/log/harun"
        }
    }

    private static func adviceOnWrapper(_ user: String, _ reason: String, inventory: String) -> String {
        if reason.hasPrefix("env: ") { return "on the node, as root: apt-get install sudo" }
        let isUnfit = ["not found", "unable to execute"].contains { reason.contains($0) }
        guard isUnfit || reason.hasPrefix("harun-root: ") else {
            let rule = "\(user) ALL=(root) NOPASSWD: \(SudoWay.wrapperPath)"
            return "on the node, as root: echo '\(rule)' >>/etc/sudoers.d/harun-root"
        }
        return """
            harun run sudo-wrapper \(inventory) installs it, meanwhile with `sudo = "all"` under [ssh] where \(user) may \
            run all; by hand: “One program in place of ALL” in docs/ssh.md
            """
    }
}
