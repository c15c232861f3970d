import Documents
import Foundation
import TestSupport
import Testing
import Transport

@testable import SSHConfig

/// harun reads what people have already; so it must read it as their `ssh` does.
@Suite("ssh_config as ssh -G reads it")
struct AgainstOpenSSHTests {
    private static let identities = [
        "id_rsa", "id_ecdsa", "id_ecdsa_sk", "id_ed25519", "id_ed25519_sk", "id_xmss", "id_dsa",
    ]

    /// How many files are made by chance; `make ssh-differential` asks for thousands.
    private static let files =
        ProcessInfo.processInfo.environment["HARUN_SSH_DIFFERENTIAL"].flatMap { UInt64($0) } ?? 80

    @Test("every option has the value that ssh finds", arguments: 0..<files)
    func same(seed: UInt64) throws {
        let folder = try TemporaryDirectory()
        mkdir(folder.file("inner.d"), 0o755)
        try folder.write("inner1", GeneratedConfig(seed: seed &+ 1000).text)
        try folder.write("inner2", GeneratedConfig(seed: seed &+ 2000).text)
        let includes = [folder.file("inner1"), folder.file("inner*"), folder.file("missing")]
        let text = GeneratedConfig(seed: seed, includes: includes).text
        let path = try folder.write("config", text)
        let config = ClientConfig.load(
            user: path, system: nil, checksOwner: false, in: .live(home: folder.path))
        // One process a file: seeds are cheaper than hosts.
        let host = GeneratedConfig.hosts[Int(seed % UInt64(GeneratedConfig.hosts.count))]
        let real = try OpenSSH.settings(config: path, host: host, home: folder.path)
        #expect((real != nil) == config.problems.isEmpty, "seed \(seed), \(host): \(config.problems)\n\(text)")
        guard let real, config.problems.isEmpty else { return }
        var notes: [Diagnostic] = []
        let options = config.options(for: host, defaultUser: "root", notes: &notes)
        let mine = try Self.rendered(options, host: host)
        for (key, value) in mine {
            var theirs = (real[key] ?? []).filter { !Self.isDefault($0, of: key) }
            // ssh leaves an alias that is an address as it was typed, and puts it into a name by %h like that.
            if key == "hostname" { theirs = theirs.map { $0.lowercased() } }
            #expect(theirs == value, "seed \(seed), host \(host), \(key)\n\(text)")
        }
    }

    /// The options as `ssh -G` prints them, without those that nobody set.
    private static func rendered(_ options: HostOptions, host: String) throws -> [String: [String]] {
        func one(_ text: String?) -> [String] { text.map { [$0] } ?? [] }
        return [
            "hostname": [
                HostText.canonical(try options.hostName.map { try Tokens.hostName($0, for: host) } ?? host)
            ],
            "port": one(options.port.map { $0 == 22 ? nil : String($0) } ?? nil),
            "user": [options.user ?? "root"],
            "identityfile": options.identityFiles.map(\.value),
            "certificatefile": options.certificateFiles.map(\.value),
            "identitiesonly": one(options.identitiesOnly == true ? "yes" : nil),
            "userknownhostsfile": one(options.userKnownHosts?.value.joined(separator: " ")),
            "globalknownhostsfile": one(options.globalKnownHosts?.value.joined(separator: " ")),
            "proxyjump": one(
                options.jumps.flatMap { $0.value.isEmpty ? nil : $0.value.map(\.description).joined(separator: ",") }),
            "connecttimeout": one(options.connectTimeout.map(String.init)),
            "serveraliveinterval": one(options.aliveInterval.flatMap { $0 == 0 ? nil : String($0) }),
            "serveralivecountmax": one(options.aliveCountMax.flatMap { $0 == 3 ? nil : String($0) }),
            "hostkeyalias": one(options.hostKeyAlias),
        ]
    }

    private static func isDefault(_ value: String, of key: String) -> Bool {
        switch key {
        case "identityfile": identities.contains { value == "~/.ssh/\($0)" }
        case "userknownhostsfile": value.hasSuffix("/.ssh/known_hosts2")
        case "globalknownhostsfile": value == "/etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2"
        case "connecttimeout": value == "none"
        case "port": value == "22"
        case "identitiesonly": value == "no"
        case "serveraliveinterval": value == "0"
        case "serveralivecountmax": value == "3"
        default: false
        }
    }

    @Test(
        "what ssh refuses is an error with its line",
        arguments: [
            "Port 0", "Port abc", "Port 22 23", "User", "User \"open", "IdentitiesOnly maybe", "ConnectTimeout 5x",
            "ServerAliveCountMax x", "ProxyJump a:0", "Match", "Match host",
            "Match all user x", "Match final host a all", "Match all final", "Match !",
            "CanonicalizeHostname maybe", "Match colour red", "Host a \"\"", "Include \"\"",
            "UserKnownHostsFile a none",
        ])
    func refused(line: String) throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write("config", "\n\(line)\n")
        #expect(try OpenSSH.settings(config: path, host: "h", home: folder.path) == nil)
        let config = ClientConfig.load(user: path, system: nil, checksOwner: false, in: .live(home: folder.path))
        #expect(config.problems.map(\.location) == [SourceLocation(file: path, line: 2, column: 1)])
    }
}
