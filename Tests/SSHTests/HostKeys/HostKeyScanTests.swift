import TestSupport
import Testing
import Transport

@testable import SSH

extension RealServerTests {
    @Suite("host keys")
    struct HostKeys {
        @Test("every key that a host has is shown, behind a jump host too; an RSA key is named", arguments: [0, 1])
        func all(hops: Int) async throws {
            let server = try OpenSSHServer(hostKeyTypes: ["rsa", "ecdsa", "ed25519"])
            let way = try (0..<hops).map { _ in try OpenSSHServer() }
            let (keys, others) = try await HostKeyScan().keys(of: server.endpoint(through: way))
            #expect(keys.map(\.type) == ["ssh-ed25519", "ecdsa-sha2-nistp256"])
            #expect(others.contains("rsa-sha2-512"))
            let known = String(decoding: server.directory.read("known_hosts"), as: UTF8.self)
            for key in keys { #expect(known.contains(key.knownHostsLine(host: server.endpoint().knownHostsName))) }
        }

        @Test("a host with one key is asked twice at most")
        func one() async throws {
            let server = try OpenSSHServer(hostKeyTypes: ["ecdsa"])
            #expect(try await HostKeyScan().keys(of: server.endpoint()).keys.map(\.type) == ["ecdsa-sha2-nistp256"])
        }

        @Test("a host that is known by a key it cannot prove to libssh2 has not changed: the new one is unknown")
        func onlyRSAKnown() async throws {
            let server = try OpenSSHServer(hostKeyTypes: ["rsa", "ed25519"])
            let lines = String(decoding: server.directory.read("known_hosts"), as: UTF8.self).split(separator: "\n")
            let file = try server.directory.write("rsa_only", lines.filter { $0.contains("rsa") }.joined() + "\n")
            let error = await connectError(server.endpoint(knownHosts: file))
            if LibSSH2Version.canUseRSA {
                #expect(error == nil)
                return
            }
            guard case .hostKeyOtherType(_, "ssh-ed25519", _, let known, file, 1)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(known.first?.hasPrefix("ssh-rsa SHA256:") == true)
            #expect(error?.advice(inventory: "i.toml").contains("harun trust i.toml") == true)
        }

        @Test("a key may stand in any of several files, and a revocation in any holds")
        func severalFiles() async throws {
            let server = try OpenSSHServer()
            let known = server.endpoint().knownHosts
            var endpoint = server.endpoint(knownHosts: try server.directory.write("empty", ""))
            endpoint.moreKnownHosts = ["/nonexistent", known]
            #expect(await connectError(endpoint) == nil)
            let line = String(decoding: server.directory.read("known_hosts"), as: UTF8.self)
            let revoked = try server.directory.write("revoked", "# no more\n@revoked \(line)")
            endpoint.moreKnownHosts.append(revoked)
            guard case .hostKeyRevoked(_, _, revoked, 2)? = await connectError(endpoint) else {
                Issue.record("another error")
                return
            }
        }

        @Test("an alias is looked up in place of the address and port")
        func alias() async throws {
            let server = try OpenSSHServer()
            let key = try await HostKeyScan().key(of: server.address, port: server.port)
            var endpoint = server.endpoint(
                knownHosts: try server.directory.write("alias", key.knownHostsLine(host: "the-one") + "\n"))
            endpoint.hostKeyAlias = "the-one"
            #expect(await connectError(endpoint) == nil)
        }

        @Test("a line that is passed over is told once, with its file and number")
        func warnings() async throws {
            let server = try OpenSSHServer()
            let good = String(decoding: server.directory.read("known_hosts"), as: UTF8.self)
            let file = try server.directory.write("bad", "n ssh-ed25519 not*base64\n@cert-authority \(good)\(good)")
            let notes = Notes()
            for _ in 0..<2 {
                try await SSHConnector(onNote: { notes.add($0) }).connect(to: server.endpoint(knownHosts: file)).close()
            }
            #expect(
                notes.all == [
                    "\(file):1: this line is passed over: malformed key",
                    "\(file):2: this line is passed over: host certificates are not supported: pin the host's own key",
                ])
        }
    }
}
