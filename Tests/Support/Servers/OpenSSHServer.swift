import Glibc
package import Transport

/// A real `sshd` on loopback with keys of its own, for tests of the SSH engine.
///
/// Nothing of the machine's own SSH is touched: configuration, host key, user key and known_hosts lie in a
/// temporary directory. Hostile variants are one line of `extraConfig` each.
package final class OpenSSHServer: Sendable {
    package let address: String
    package let port: UInt16
    package let directory: TemporaryDirectory
    private let process: ChildProcess

    /// Starts a server and waits for its banner.
    ///
    /// - Parameters:
    ///   - address: any address of 127.0.0.0/8.
    ///   - extraConfig: lines before all others, where the first value of a keyword holds.
    ///   - hostKeyTypes: as `ssh-keygen -t` knows them.
    ///   - program: sshd by another name, which releases before 9.8 take their PAM service from.
    package init(
        address: String = "127.0.0.1", extraConfig: [String] = [], hostKeyTypes: [String] = ["ed25519"],
        program: String = "/usr/sbin/sshd"
    ) throws(ChildProcess.Failure) {
        self.address = address
        let directory = try TemporaryDirectory()
        self.directory = directory
        // sshd insists on its privilege separation directory, which only the distribution's unit creates.
        mkdir("/run/sshd", 0o755)
        for type in hostKeyTypes { try Self.makeKey(directory.file("host_\(type)"), type: type) }
        try Self.makeKey(directory.file("id_ed25519"), type: "ed25519")
        port = try Self.freePort(address)
        let config = Self.config(
            directory, address, port, extraConfig: extraConfig, hostKeys: hostKeyTypes.map { "host_\($0)" })
        try directory.write("sshd_config", config)
        try directory.write("authorized_keys", Self.text(directory.file("id_ed25519.pub")))
        // sshd reads it as the user who logs in.
        chmod(directory.path, 0o755)
        chmod(directory.file("authorized_keys"), 0o644)
        let name = port == 22 ? address : "[\(address)]:\(port)"
        let known = hostKeyTypes.map { type in
            let words = Self.text(directory.file("host_\(type).pub")).split(separator: " ")
            return "\(name) \(words.prefix(2).joined(separator: " "))\n"
        }
        try directory.write("known_hosts", known.joined())
        process = try ChildProcess(
            [program, "-D", "-e", "-f", directory.file("sshd_config")], log: directory.file("log"))
        // The banner alone could be somebody else's, who was faster to take the port.
        guard Self.waitForBanner(address == "0.0.0.0" ? "127.0.0.1" : address, port), !process.hasEnded else {
            process.signal(SIGKILL)
            process.wait()
            throw ChildProcess.Failure(
                description: "sshd does not answer: \(String(decoding: directory.read("log"), as: UTF8.self))")
        }
    }

    deinit {
        killConnections()
        process.signal(SIGCONT)
        process.signal(SIGTERM)
        process.wait()
    }

    /// Whether it is 9.8 or newer: connections are served by a program of their own, `sshd-session`, addresses whose connections
    /// fail too often are turned away for a while, and PAM's service is a setting.
    package static let isSplit = access("/usr/lib/openssh/sshd-session", X_OK) == 0

    /// How to log into this server.
    package func endpoint(node: NodeName = "lab", identities: [String]? = nil, knownHosts: String? = nil) -> Endpoint {
        Endpoint(
            node: node, address: address, port: port, user: "root", identities: identities ?? [identity],
            knownHosts: knownHosts ?? directory.file("known_hosts"))
    }

    /// A known_hosts file for a server that listens on all addresses: its key for any name.
    package var knownHostsOfEverywhere: String {
        String(decoding: directory.read("known_hosts"), as: UTF8.self).split(separator: "\n")
            .map { "[127.*]:\(port) " + $0.split(separator: " ").dropFirst().joined(separator: " ") + "\n" }.joined()
    }

    /// The private key that the server accepts.
    package var identity: String { directory.file("id_ed25519") }

    /// What the server logged so far.
    package var log: String { String(decoding: directory.read("log"), as: UTF8.self) }

    /// The processes that serve one connection each.
    package var connections: [Int32] { Self.children(of: process.pid) }

    /// Kills the processes that serve connections, as a crash of the host would look from outside.
    package func killConnections() {
        for child in connections {
            for grandchild in Self.children(of: child) {
                // A frozen command must not stay for ever where nobody can end it.
                kill(grandchild, Self.name(of: grandchild).hasPrefix("sshd") ? SIGKILL : SIGCONT)
            }
            kill(child, SIGKILL)
        }
    }

    /// Stops the processes that serve connections without ending them: the network is there, nobody answers.
    package func freezeConnections() {
        for child in connections {
            for process in Self.children(of: child) + [child] { kill(process, SIGSTOP) }
        }
    }

    /// Stops the server from accepting; the kernel still completes TCP connections for it.
    package func freeze() { process.signal(SIGSTOP) }

    /// Undoes ``freeze()``.
    package func thaw() { process.signal(SIGCONT) }

    /// Lets a further key log in.
    ///
    /// - Parameter name: a public key file in ``directory``.
    package func authorize(_ name: String) throws(ChildProcess.Failure) {
        try directory.write(
            "authorized_keys", Self.text(directory.file("authorized_keys")) + Self.text(directory.file(name)))
    }

    /// Makes a key pair without a passphrase, unless one is given.
    package static func makeKey(
        _ path: String, type: String, passphrase: String = ""
    ) throws(ChildProcess.Failure) {
        try ChildProcess.run(["/usr/bin/ssh-keygen", "-q", "-t", type, "-N", passphrase, "-C", "harun", "-f", path])
    }

    private static func config(
        _ directory: TemporaryDirectory, _ address: String, _ port: UInt16, extraConfig: [String], hostKeys: [String]
    ) -> String {
        let lines =
            extraConfig + hostKeys.map { "HostKey \(directory.file($0))" } + [
                "ListenAddress \(address):\(port)",
                "PidFile none",
                "AuthorizedKeysFile \(directory.file("authorized_keys"))",
                "PermitRootLogin yes",
                "PasswordAuthentication no",
                "KbdInteractiveAuthentication no",
                "UsePAM no",
                // bash reads the user's ~/.bashrc for a command over SSH, unless it is not the first shell.
                "SetEnv SHLVL=2",
                "StrictModes no",
                "UseDNS no",
                "MaxSessions 64",
                "MaxStartups 500",
                "LogLevel VERBOSE",
            ] + (isSplit ? ["PerSourcePenalties no"] : [])
        return lines.joined(separator: "\n") + "\n"
    }

    private static func text(_ path: String) -> String {
        String(decoding: TemporaryDirectory.content(of: path), as: UTF8.self)
    }

    private static func children(of parent: Int32) -> [Int32] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var children: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let pid = Int32(name) else { continue }
            // "PID (NAME) STATE PARENT …", where the name may hold anything.
            let fields = text("/proc/\(name)/stat").split(separator: ")").last?.split(separator: " ") ?? []
            if fields.count > 1, Int32(fields[1]) == parent { children.append(pid) }
        }
        return children
    }

    private static func name(of pid: Int32) -> String {
        String(text("/proc/\(pid)/comm").prefix { $0 != "\n" })
    }
}
