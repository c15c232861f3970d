import Foundation
import TestSupport
import Testing
import Transport

@testable import SSH

/// A key is accepted only for the hosts for which `ssh` would accept it.
@Suite("known_hosts as ssh-keygen -F reads it")
struct KnownHostsAgainstOpenSSHTests {
    private static let hosts = ["web1", "Web2.example.com", "10.0.0.7", "fe80::0:1", "db_1"]
    private static let patterns = [
        "web1", "WEB1", "web*", "*.example.com", "!web2.example.com", "10.0.0.?", "[web1]:2222", "[web*]:*", "*",
        "!web1", "fe80::1", "[10.0.0.*]:22022", "[fe80::1]:2222", "db_1", "[db_1]:22022", "[10.0.0.7]:2222",
    ]
    /// How many files are made by chance; `make ssh-differential` asks for thousands.
    private static let files =
        ProcessInfo.processInfo.environment["HARUN_SSH_DIFFERENTIAL"].flatMap { UInt64($0) } ?? 60

    /// A line by chance, and what its marker and its key are, where it has one.
    private static func line(
        _ keys: [HostKey], _ random: inout SeededGenerator
    ) -> (text: String, key: HostKey?, isRevoked: Bool) {
        if Int.random(in: 0..<4, using: &random) == 0 {
            let nothing = ["# a comment", "", "one two", "web1 ssh-ed25519 AAAA"]
            return (nothing.randomElement(using: &random) ?? "", nil, false)
        }
        let key = keys[Int.random(in: 0..<keys.count, using: &random)]
        let isRevoked = Int.random(in: 0..<8, using: &random) == 0
        let marker = isRevoked ? "@revoked " : ""
        if Bool.random(using: &random) {
            let host = OpenSSHKeygen.endpoint(hosts.randomElement(using: &random) ?? "", knownHosts: "")
            let names = [host.knownHostsName, "[\(host.knownHostsName)]:2222"]
            return (marker + key.hashedKnownHostsLine(host: names.randomElement(using: &random) ?? ""), key, isRevoked)
        }
        let list = (0..<Int.random(in: 1...3, using: &random)).map { _ in patterns.randomElement(using: &random) ?? "" }
        return (marker + key.knownHostsLine(host: list.joined(separator: ",")), key, isRevoked)
    }

    @Test("a key is accepted for a host where ssh would accept it", arguments: 0..<files)
    func same(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryDirectory()
        let keys = try (0..<4).map { _ in
            let blob = [0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [0, 0, 0, 32] + random.bytes(32, favouring: [])
            return try #require(HostKey(blob: blob))
        }
        let lines = (0..<Int.random(in: 1...10, using: &random)).map { _ in Self.line(keys, &random) }
        let text = lines.map { $0.text + "\n" }.joined()
        let file = try folder.write("known", text)
        var endpoint = OpenSSHKeygen.endpoint(Self.hosts.randomElement(using: &random) ?? "", knownHosts: file)
        endpoint.port = [22, 2222, 22022].randomElement(using: &random) ?? 22

        /// The lines that speak of a name, by ssh-keygen.
        func found(_ name: String) throws -> [(text: String, key: HostKey?, isRevoked: Bool)] {
            try OpenSSHKeygen.lines(of: name, in: file).map { lines[$0 - 1] }.filter { $0.key != nil }
        }
        let named = try found(endpoint.knownHostsName)
        let plain = try endpoint.knownHostsNameWithoutPort.map(found) ?? []
        let files = KnownHostsFiles(of: endpoint)
        for key in keys {
            let isNew = !named.contains { !$0.isRevoked } && !named.contains { $0.isRevoked && $0.key == key }
            let deciding = isNew ? plain : named
            let mine = deciding.filter { $0.key == key }
            let isAccepted = !mine.isEmpty && !mine.contains { $0.isRevoked }
            #expect(
                (files.problem(with: key, of: endpoint) == nil) == isAccepted,
                "seed \(seed), \(endpoint.knownHostsName), \(key.fingerprint)\n\(text)")
        }
    }

    @Test("looking a host up costs the same in a file of thousands")
    func large() throws {
        let folder = try TemporaryDirectory()
        try OpenSSHServer.makeKey(folder.file("key"), type: "ed25519")
        let words = String(decoding: folder.read("key.pub"), as: UTF8.self).split(separator: " ")
        let key = try #require(Base64.decode(words[1].utf8).flatMap { HostKey(blob: $0) })
        let known = KnownHosts(
            (0..<2000).map { key.knownHostsLine(host: "node\($0),10.0.\($0 / 256).\($0 % 256)") + "\n" }.joined())
        let began = Self.processorTime
        for number in 0..<2000 { #expect(known.verdict(on: key, of: "node\(number)") == .match) }
        #expect(Self.processorTime - began < 2)
    }

    /// Seconds that this thread has computed; others may have kept it waiting.
    private static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    @Test("a Kelvin sign is no k, though Unicode's small letter for it is")
    func unicode() throws {
        let key = try #require(HostKey(blob: [0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [0, 0, 0, 1, 7]))
        #expect(KnownHosts(key.knownHostsLine(host: "kilo")).verdict(on: key, of: "\u{212A}ilo") == .unknown)
    }
}
