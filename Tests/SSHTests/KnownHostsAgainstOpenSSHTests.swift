import Glibc
import TestSupport
import Testing

@testable import SSH

/// A key is accepted only for the hosts for which `ssh` would accept it.
@Suite("known_hosts as ssh-keygen -F reads it")
struct KnownHostsAgainstOpenSSHTests {
    private static let hosts = ["web1", "web2.example.com", "10.0.0.7", "[web1]:2222", "[10.0.0.7]:22022", "fe80::1"]
    private static let patterns = [
        "web1", "WEB1", "web*", "*.example.com", "!web2.example.com", "10.0.0.?", "[web1]:2222", "[web*]:*", "*",
        "!web1",
        "fe80::1", "[10.0.0.*]:22022",
    ]

    @Test("the same lines speak of a host", arguments: 0..<40 as Range<UInt64>)
    func same(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let folder = try TemporaryDirectory()
        var text = ""
        var keys: [Int: HostKey] = [:]
        var number = 0
        for _ in 0..<Int.random(in: 1...10, using: &random) {
            number += 1
            if Bool.random(using: &random), Bool.random(using: &random) {
                text += ["# a comment", "", "one two", "web1 ssh-ed25519 AAAA"].randomElement(using: &random) ?? ""
            } else {
                let body = random.bytes(32, favouring: [])
                let key = try #require(
                    HostKey(blob: [0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [0, 0, 0, 32] + body))
                keys[number] = key
                if Bool.random(using: &random) {
                    text += key.hashedKnownHostsLine(host: Self.hosts.randomElement(using: &random) ?? "")
                } else {
                    let count = Int.random(in: 1...3, using: &random)
                    let list = (0..<count).map { _ in Self.patterns.randomElement(using: &random) ?? "" }
                    text += key.knownHostsLine(host: list.joined(separator: ","))
                }
            }
            text += "\n"
        }
        let file = try folder.write("known", text)
        let known = KnownHosts(text)
        for host in Self.hosts {
            let theirs = try OpenSSHKeygen.lines(of: host, in: file).filter { keys[$0] != nil }
            let mine = keys.filter { known.verdict(on: $0.value, of: host) == .match }.map(\.key).sorted()
            #expect(mine == theirs, "seed \(seed), \(host)\n\(text)")
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
