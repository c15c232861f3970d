import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// What `host.check` makes of a release: the file that names it, the tools that are there, and what it says of one that is new.
@Suite("host.check and releases")
struct HostReleaseTests {
    /// The facts that the probe finds where os-release and systemctl say this.
    private func facts(_ release: String, systemd: String) throws -> [String: String] {
        try Tool.withFolder { folder in
            let file = folder.appending(path: "os-release")
            try Data(release.utf8).write(to: file)
            try Tool.replace("systemctl", in: folder, with: "echo '\(systemd)'; echo '+PAM +AUDIT'")
            let peer = try #require(twoPeers.first)
            let probe = try make(HostCheck.self, peers: [peer]).probe(peer.name).text
            let path = ["PATH": "\(folder.path)/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
            let seen = try shell(probe.replacing("/etc/os-release", with: file.path), environment: path)
            #expect(seen.code == ScriptPrelude.satisfied, "\(seen.output)")
            return seen.output.split(separator: "\n").reduce(into: [:]) { facts, line in
                let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
                if words.count == 3, words[0] == "fact" { facts[String(words[1])] = String(words[2]) }
            }
        }
    }

    @Test(
        "the files of the releases are understood, and only where harun was tried nothing is said",
        arguments: [
            ("debian-12", "systemd 252 (252.38-1~deb12u1)", "debian 12", "252", nil),
            ("debian-13", "systemd 257 (257.9-1~deb13u1)", "debian 13", "257", nil),
            ("ubuntu-22.04", "systemd 249 (249.11-0ubuntu3.16)", "ubuntu 22.04", "249", nil),
            ("ubuntu-24.04", "systemd 255 (255.4-1ubuntu8.10)", "ubuntu 24.04", "255", nil),
            ("ubuntu-26.04", "systemd 259 (259-1ubuntu3)", "ubuntu 26.04", "259", "Ubuntu 26.04 LTS"),
        ])
    func releases(file: String, version: String, os: String, systemd: String, untried: String?) throws {
        let facts = try facts(fixture("os-release/\(file)"), systemd: version)
        #expect(facts["os"] == os)
        #expect(facts["systemd"] == systemd)
        #expect(
            HostRules.remark(facts)
                == untried.map { "harun was never tried on \($0): let the first cluster on it be one without data" })
    }

    @Test(
        "one that nobody has heard of is taken by its apt and its systemd",
        arguments: [
            (
                "ID=ubuntu\nVERSION_ID=\"31.04\"\nPRETTY_NAME=\"Ubuntu 31.04\"", "systemd 300.1 (300.1-1)",
                "Ubuntu 31.04"
            ),
            (
                "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nPRETTY_NAME=\"Linux Mint 22\"", "systemd 255 (x)",
                "Linux Mint 22"
            ),
            // Debian's testing and sid have no number.
            (
                "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux forky/sid\"", "systemd 262 (262.1-1)",
                "Debian GNU/Linux forky/sid"
            ),
            ("", "systemd 259 (259)", "an unknown system"),
        ])
    func unknown(release: String, version: String, name: String) throws {
        let facts = try facts(release, systemd: version)
        #expect(
            HostRules.remark(facts)
                == "harun was never tried on \(name): let the first cluster on it be one without data")
        let peer = try #require(twoPeers.first)
        let rules = HostRules(cluster: nil, peers: [peer], [peer.name: found(facts)])
        #expect(rules.problems(of: peer).allSatisfy { !$0.contains("it runs \(name)") })
    }
}
