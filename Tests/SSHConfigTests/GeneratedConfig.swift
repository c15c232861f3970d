import TestSupport

/// An ssh_config made by chance, of what both OpenSSH and harun understand.
struct GeneratedConfig {
    static let hosts = ["web1", "web2", "db1.example.com", "10.0.0.7", "gate", "Web1", "db_1", "web1.", "FE80::0:1"]
    private static let patterns = [
        "*", "web*", "web?", "!web2", "*.example.com", "10.0.0.*", "bastion", "Web1", "w*1", "nobody", "fe80::1",
        "db_?", "::1",
    ]
    private static let names = [
        "%h.example.com", "10.0.0.7", "db1.example.com", "%h", "a%%b", "0:0:0::1", "127.1", "WEB2",
    ]
    /// What OpenSSH refuses behind any of the three keywords that get it, or takes for a pattern.
    private static let mistakes = ["\"open", "all user x", "final host a all", "0x", "host"]
    private static let users = ["alice", "bob", "root", "\"carol\"", "jdoe@corp"]

    private var random: SeededGenerator
    private(set) var text = ""

    init(seed: UInt64, includes: [String] = []) {
        random = SeededGenerator(seed: seed)
        for _ in 0..<Int.random(in: 1...14, using: &random) { addLine(includes) }
    }

    private mutating func addLine(_ includes: [String]) {
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1: add("Host", words(Self.patterns))
        case 2, 3: add("Match", criteria())
        case 4: if !includes.isEmpty { add("Include", random.one(of: includes)) }
        case 5 where random.once(in: 10): add(random.one(of: ["Port", "Match", "Host"]), random.one(of: Self.mistakes))
        case 5: text += random.one(of: ["", "  # a comment", "\t", "#Port 99"]) + "\n"
        default:
            let (keyword, value) = option()
            add(keyword, value)
        }
    }

    private mutating func add(_ keyword: String, _ value: String) {
        let spelled = random.once(in: 4) ? keyword.lowercased() : random.once(in: 4) ? keyword.uppercased() : keyword
        let indent = random.one(of: ["", "", "  ", "\t"])
        let separator = random.one(of: [" ", "  ", "\t", "=", " = "])
        let end = random.one(of: ["", "", " ", "\t", "\r"])
        text += indent + spelled + separator + value + end + "\n"
    }

    private mutating func words(_ texts: [String]) -> String {
        let count = Int.random(in: 1...3, using: &random)
        return (0..<count).map { _ in random.one(of: texts) }.joined(separator: " ")
    }

    private mutating func criteria() -> String {
        if random.once(in: 4) {
            return random.one(of: [
                "all", "!all", "all # of them", "final all", "canonical all", "!final all", "final !all", "final",
                "host web1 all", "!canonical",
            ])
        }
        let count = Int.random(in: 1...2, using: &random)
        return (0..<count).map { _ in
            let list = (0..<Int.random(in: 1...2, using: &random)).map { _ in random.one(of: Self.patterns) }
            let users = random.one(of: ["root", "alice,bob", "!alice,*", "*"])
            switch Int.random(in: 0..<5, using: &random) {
            case 4: return random.one(of: ["final", "!final", "canonical", "Final"])
            case 0: return random.one(of: ["host ", "!host ", "Host "]) + list.joined(separator: ",")
            case 1: return random.one(of: ["originalhost ", "!originalhost "]) + list.joined(separator: ",")
            case 2: return random.one(of: ["user ", "!user "]) + users
            default: return "localuser " + users
            }
        }.joined(separator: " ")
    }

    private mutating func option() -> (String, String) {
        switch Int.random(in: 0..<16, using: &random) {
        case 14: ("CanonicalizeHostname", random.one(of: ["no", "no", "yes", "always"]))
        case 0, 1: ("HostName", random.one(of: Self.names))
        case 2: ("Port", random.one(of: ["22", "2200", "65535"]))
        case 3: ("User", random.one(of: Self.users))
        case 4: ("CertificateFile", random.one(of: ["~/.ssh/a-cert.pub", "/keys/%h.crt", "none"]))
        case 5: ("IdentityFile", random.one(of: ["~/.ssh/a", "/keys/%h_%r", "\"/with space/k\"", "none", "/x\\ y"]))
        case 6: ("IdentitiesOnly", random.one(of: ["yes", "no", "true", "false"]))
        case 7: ("UserKnownHostsFile", random.one(of: ["/k1", "/k1 /k2", "none", "\"/k 3\""]))
        case 8: ("GlobalKnownHostsFile", random.one(of: ["/g1", "/g1 /g2"]))
        case 9:
            (
                "ProxyJump",
                random.one(of: [
                    "bastion", "a@b:22,c", "none", "[fe80::1]:2222", "ssh://u@h:9", "x # y", "%r@j.%h:2200,%n",
                ])
            )
        case 10: ("ProxyCommand", random.one(of: ["nc %h %p", "none"]))
        case 11: ("ConnectTimeout", random.one(of: ["5", "1m", "1h30m5s", "none", "0"]))
        case 12: ("ServerAliveInterval", random.one(of: ["15", "0", "2m"]))
        case 13: ("ServerAliveCountMax", random.one(of: ["1", "7"]))
        default: ("HostKeyAlias", random.one(of: ["alias", "other.alias"]))
        }
    }
}
