import Documents
package import SSHConfig
import Settings
package import Transport

/// How to log in to a node, with every default filled in.
package struct SSHSettings: Hashable, Sendable {
    package var user: String
    package var port: UInt16
    /// Absolute paths of private keys, tried in order.
    package var identities: [String]
    /// Absolute path of the known_hosts file.
    package var knownHosts: String
    /// How another user than root becomes root, where the inventory says so.
    package var sudo: Placed<SudoWay>?
    /// Where the user's password is; nil asks the operator, should the server want one.
    package var password: SecretSource?
    /// Where the passphrase of encrypted keys is; nil asks the operator, should one be needed.
    package var passphrase: SecretSource?
    /// The keys that the inventory itself gives; the others may be taken from `~/.ssh/config`.
    package var given: Set<String>
    /// The hosts on the way where the inventory names them, none of them for `none`.
    package var jump: Placed<[JumpHost]>?
    /// What ssh_config adds.
    package var route = SSHRoute()

    package init(
        user: String = "root", port: UInt16 = 22, identities: [String], knownHosts: String, given: Set<String> = []
    ) {
        self.user = user
        self.port = port
        self.identities = identities
        self.knownHosts = knownHosts
        self.given = given
    }

    /// What holds where the inventory says nothing.
    init(defaultsIn surroundings: Surroundings) {
        let folder = surroundings.home + "/.ssh/"
        // RSA last: where libssh2 cannot sign with it, the error at least says so to whoever has no other key.
        let identities = ["id_ed25519", "id_ecdsa", "id_rsa"].map { folder + $0 }.filter {
            surroundings.mode($0) != nil
        }
        self.init(identities: identities, knownHosts: folder + "known_hosts")
    }

    /// Reads the keys of `[ssh]`, which `[[node]]` may repeat, over what holds without them.
    func overridden(by reader: TableReader, in surroundings: Surroundings) -> SSHSettings {
        var settings = self
        if let user = reader.checked("user", Self.user) {
            settings.user = user
            settings.given.insert("user")
        }
        if let port = reader.integer("port", in: 1...65535) {
            settings.port = UInt16(port)
            settings.given.insert("port")
        }
        if let identity = reader.checked("identity", surroundings.resolve) {
            settings.identities = [identity]
            settings.given.insert("identity")
        }
        if let knownHosts = reader.checked("known_hosts", surroundings.resolve) {
            settings.knownHosts = knownHosts
            settings.given.insert("known_hosts")
        }
        if let jump = reader.checked("jump", Self.jump), let place = reader.value("jump")?.location {
            settings.jump = Placed(jump, at: place)
            settings.given.insert("jump")
        }
        if let word = reader.word("sudo", of: SudoWay.allCases.map(\.rawValue)), let way = SudoWay(rawValue: word),
            let place = reader.value("sudo")?.location
        {
            settings.sudo = Placed(way, at: place)
        }
        for (key, secret) in [("password", \SSHSettings.password), ("passphrase", \SSHSettings.passphrase)] {
            guard let value = reader.value(key),
                let source = SecretSource(value, key: key, reader, in: surroundings)
            else { continue }
            settings[keyPath: secret] = source
        }
        return settings
    }

    private static func jump(_ text: String) throws(InvalidValue) -> [JumpHost] {
        guard let hosts = JumpHost.list(text) else {
            throw InvalidValue("\"\(text)\" is no way to a host, such as bastion or admin@bastion:2222,inner")
        }
        return hosts
    }

    private static func user(_ text: String) throws(InvalidValue) -> String {
        // A directory's users may be called jdoe@corp.example.com, and then longer than Linux's own 32.
        let allowed = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.@".contains($0)) }
        guard let first = text.first, allowed, first.isLetter || first == "_", text.last != "@", text.count <= 255
        else {
            throw InvalidValue("\"\(text)\" is no user name")
        }
        return text
    }
}
