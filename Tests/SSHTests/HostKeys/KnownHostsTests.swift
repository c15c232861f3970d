import TestSupport
import Testing

@testable import SSH

@Suite("known_hosts")
struct KnownHostsTests {
    private static let ed25519 = "AAAAC3NzaC1lZDI1NTE5AAAAI"
    private static func key(_ filler: UInt8, type: String = "ssh-ed25519") -> HostKey? {
        let name = Array(type.utf8)
        return HostKey(
            blob: [0, 0, 0, UInt8(name.count)] + name + [0, 0, 0, 32] + [UInt8](repeating: filler, count: 32))
    }

    @Test("a plain line accepts its host's key and nobody else's")
    func plain() throws {
        let mine = try #require(Self.key(1))
        let other = try #require(Self.key(2))
        let hosts = KnownHosts("# comment\n\n\(mine.knownHostsLine(host: "Node1,10.0.0.1")) a comment\n")
        #expect(hosts.warnings.isEmpty)
        #expect(hosts.verdict(on: mine, of: "node1") == .match)
        #expect(hosts.verdict(on: mine, of: "10.0.0.1") == .match)
        #expect(hosts.verdict(on: mine, of: "node2") == .unknown)
        #expect(hosts.verdict(on: other, of: "node1") == .changed(expected: [mine], line: 3))
        #expect(hosts.keyTypes(of: "node1") == ["ssh-ed25519"])
    }

    @Test("a host known by another type of key only has not changed; that key is unknown")
    func otherType() throws {
        let known = try #require(Self.key(1, type: "ecdsa-sha2-nistp256"))
        let shown = try #require(Self.key(1))
        let hosts = KnownHosts(known.knownHostsLine(host: "n"))
        #expect(hosts.verdict(on: shown, of: "n") == .otherType(known: [known], line: 1))
    }

    @Test("plain, wildcard and revoked lines of one host answer in the file's order")
    func order() throws {
        let keys = try (1...3).map { try #require(Self.key($0)) }
        let hosts = KnownHosts(
            """
            \(keys[0].knownHostsLine(host: "n*"))
            \(keys[1].knownHostsLine(host: "Node,node"))
            @revoked \(keys[2].knownHostsLine(host: "*"))
            """)
        let other = try #require(Self.key(9))
        #expect(hosts.verdict(on: other, of: "NODE") == .changed(expected: [keys[0], keys[1]], line: 1))
        #expect(hosts.verdict(on: keys[1], of: "node") == .match)
        #expect(hosts.verdict(on: keys[2], of: "node") == .revoked(line: 3))
        // The Kelvin sign is no `k`, whatever Unicode's lower case says.
        #expect(KnownHosts(keys[0].knownHostsLine(host: "k")).verdict(on: keys[0], of: "\u{212A}") == .unknown)
    }

    @Test("a port is part of the name")
    func port() throws {
        let key = try #require(Self.key(1))
        let hosts = KnownHosts(key.knownHostsLine(host: "[n]:2222"))
        #expect(hosts.verdict(on: key, of: "[n]:2222") == .match)
        #expect(hosts.verdict(on: key, of: "n") == .unknown)
    }

    @Test("wildcards match, and one negated pattern excludes (fact 13)")
    func wildcards() throws {
        let key = try #require(Self.key(1))
        let hosts = KnownHosts(key.knownHostsLine(host: "*.example.com,!bad.example.com,n?de"))
        #expect(hosts.verdict(on: key, of: "a.b.example.com") == .match)
        #expect(hosts.verdict(on: key, of: "BAD.example.com") == .unknown)
        #expect(hosts.verdict(on: key, of: "node") == .match)
        #expect(hosts.verdict(on: key, of: "nde") == .unknown)
        let onlyNegated = KnownHosts(key.knownHostsLine(host: "!bad"))
        #expect(onlyNegated.verdict(on: key, of: "good") == .unknown)
    }

    @Test("hashed names match as ssh-keygen -H writes them")
    func hashed() throws {
        let key = try #require(Self.key(1))
        // The hashed name of 192.168.1.61 from OpenSSH's own examples.
        let line = "|1|F1E1KeoE/eEWhi10WpGv4OdiO6Y=|3988QV0VE8wmZL7suNrYQLITLCg= ssh-ed25519 \(Base64.encode(key.blob))"
        let hosts = KnownHosts(line)
        #expect(hosts.warnings.isEmpty)
        #expect(hosts.verdict(on: key, of: "192.168.1.61") == .match)
        #expect(hosts.verdict(on: key, of: "192.168.1.62") == .unknown)
    }

    @Test("a revoked key is refused even where another line accepts it")
    func revoked() throws {
        let key = try #require(Self.key(1))
        let hosts = KnownHosts("\(key.knownHostsLine(host: "n"))\n@revoked \(key.knownHostsLine(host: "*"))\n")
        #expect(hosts.verdict(on: key, of: "n") == .revoked(line: 2))
    }

    @Test("a bad line is a warning with its number, and the others still count (fact 13)")
    func badLines() throws {
        let key = try #require(Self.key(1))
        let hosts = KnownHosts(
            """
            n ssh-ed25519
            n ssh-ed25519 not*base64
            n ssh-rsa \(Base64.encode(key.blob))
            @cert-authority \(key.knownHostsLine(host: "*"))
            @strange \(key.knownHostsLine(host: "*"))
            |1|bad|hash ssh-ed25519 \(Base64.encode(key.blob))
            \(key.knownHostsLine(host: "n"))
            """)
        #expect(hosts.warnings.map(\.line) == [1, 2, 3, 4, 5, 6])
        #expect(hosts.verdict(on: key, of: "n") == .match)
        #expect(hosts.verdict(on: key, of: "other") == .unknown)
    }

    @Test("no bytes at all make the parser crash or accept a key", arguments: 0..<200 as Range<UInt64>)
    func fuzz(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let key = try #require(Self.key(1))
        let letters = Array("|1|@revoked ssh-ed25519 AAAA,*?!=\n\t#[]:/+".utf8)
        var bytes = random.bytes(Int.random(in: 0..<400, using: &random), favouring: letters)
        bytes += Array("\n\(Self.ed25519)".utf8)
        let hosts = KnownHosts(bytes)
        #expect(hosts.verdict(on: key, of: "node1") != .match)
        _ = hosts.keyTypes(of: "node1")
        // A valid line with random bytes cut out still never accepts another key.
        var line = Array(key.knownHostsLine(host: "node1").utf8)
        line.remove(at: Int.random(in: 0..<line.count, using: &random))
        let other = try #require(Self.key(9))
        #expect(KnownHosts(line).verdict(on: other, of: "node1") != .match)
    }

    @Test("a fingerprint is what ssh-keygen prints")
    func fingerprint() throws {
        let text = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
        let key = try #require(Base64.decode(text.utf8).flatMap { HostKey(blob: $0) })
        #expect(key.fingerprint == "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU")
        #expect(key.knownHostsLine(host: "github.com") == "github.com ssh-ed25519 \(text)")
    }

    @Test("base64 is its own inverse, and refuses what is not base64", arguments: 0..<50)
    func base64(count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        let bytes = random.bytes(count, favouring: [0, 255])
        #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
        #expect(Base64.decode(Base64.encode(bytes, padded: false).utf8) == bytes)
        #expect(Base64.decode("A".utf8) == nil)
        #expect(Base64.decode("AA=A".utf8) == nil)
        #expect(Base64.decode("AA A".utf8) == nil)
    }
}
