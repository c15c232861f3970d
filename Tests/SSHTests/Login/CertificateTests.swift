import Glibc
import TestSupport
import Testing
import Transport

@testable import SSH

/// Certificates as `ssh-keygen` makes them, and logins with them and with a security key at a real sshd that trusts the authority only.
///
/// What libssh2 1.10 cannot do is told as such; with 1.11 it works.
extension RealServerTests {
    @Suite("certificates and security keys")
    struct Certificates {
        private static let needsNewer = "libssh2 1.11"

        /// An authority, and a server that lets in whom it vouches for.
        private struct Place {
            let server: OpenSSHServer
            let folder: TemporaryDirectory

            init() throws {
                folder = try TemporaryDirectory()
                try OpenSSHServer.makeKey(folder.file("ca"), type: "ed25519")
                server = try OpenSSHServer(extraConfig: [
                    "AuthorizedKeysFile none", "TrustedUserCAKeys \(folder.file("ca.pub"))",
                ])
            }

            /// A key, and `NAME-cert.pub` beside it.
            func key(
                _ name: String, type: String = "ed25519", principal: String = "root", period: String = "-1h:+1h"
            ) throws -> String {
                try OpenSSHServer.makeKey(folder.file(name), type: type)
                try ChildProcess.run([
                    "/usr/bin/ssh-keygen", "-q", "-s", folder.file("ca"), "-I", "harun", "-n", principal, "-V", period,
                    folder.file("\(name).pub"),
                ])
                return folder.file(name)
            }

            func endpoint(_ identities: [String], agent: String? = nil) -> Endpoint {
                var endpoint = server.endpoint(identities: identities)
                endpoint.identityAgent = agent.map { .socket($0) } ?? .none
                return endpoint
            }
        }

        /// It works where the library can, and says what it needs where it cannot.
        private func expectLogin(_ endpoint: Endpoint) async {
            let error = await connectError(endpoint)
            if LibSSH2Version.canUseCertificates {
                #expect(error == nil, "\(String(describing: error))")
            } else {
                #expect(error.map { "\($0)" }?.contains(Self.needsNewer) == true, "\(String(describing: error))")
            }
        }

        @Test("a certificate beside the key logs in, of every type", arguments: ["ed25519", "ecdsa"])
        func beside(type: String) async throws {
            let place = try Place()
            await expectLogin(place.endpoint([try place.key("id", type: type)]))
        }

        @Test("one that is named logs in, with the key in a file or in an agent")
        func named() async throws {
            let place = try Place()
            let key = try place.key("id")
            let elsewhere = place.folder.file("mine.crt")
            #expect(rename("\(key)-cert.pub", elsewhere) == 0)
            var endpoint = place.endpoint([key])
            endpoint.certificates = [elsewhere]
            await expectLogin(endpoint)
            let agent = try RealAgent()
            try agent.add(key)
            endpoint = place.endpoint([], agent: agent.socket)
            endpoint.certificates = [elsewhere]
            await expectLogin(endpoint)
        }

        @Test("one that an agent holds logs in")
        func inAgent() async throws {
            let place = try Place()
            let agent = try RealAgent()
            // ssh-add takes the certificate along.
            try agent.add(try place.key("id"))
            await expectLogin(place.endpoint([], agent: agent.socket))
        }

        @Test("a key whose private half is in a security key logs in through an agent")
        func securityKey() async throws {
            let key = SoftSecurityKey()
            let server = try OpenSSHServer(extraConfig: ["PubkeyAuthOptions none"])
            try server.directory.write(
                "authorized_keys", "sk-ssh-ed25519@openssh.com \(Base64.encode(key.blob))\n")
            let agent = try FakeAgent(.signs([key.blob]) { key.answer($0) })
            var endpoint = server.endpoint(identities: [])
            endpoint.identityAgent = .socket(agent.socketPath)
            await expectLogin(endpoint)
        }

        @Test("one that ended, or is for somebody else, is told as such")
        func refused() async throws {
            let place = try Place()
            let ended = await connectError(
                place.endpoint([try place.key("old", period: "20200101000000Z:20200102000000Z")]))
            let other = await connectError(place.endpoint([try place.key("other", principal: "jdoe")]))
            guard LibSSH2Version.canUseCertificates else { return }
            #expect(
                ended.map { "\($0)" }?.contains("the certificate ended at 2020-01-01T23:59:59Z") == true,
                "\(String(describing: ended))")
            guard case .authenticationFailed? = other else {
                Issue.record("\(String(describing: other))")
                return
            }
        }

        @Test(
            "what ssh-keygen writes is read: the key that it is for, and how long",
            arguments: [
                ("ed25519", ""), ("ecdsa", "256"), ("ecdsa", "384"), ("ecdsa", "521"), ("rsa", "2048"),
            ])
        func read(type: String, bits: String) throws {
            let folder = try TemporaryDirectory()
            try OpenSSHServer.makeKey(folder.file("ca"), type: "ed25519")
            let size = bits.isEmpty ? [] : ["-b", bits]
            try ChildProcess.run(
                ["/usr/bin/ssh-keygen", "-q", "-t", type] + size + ["-N", "", "-C", "harun", "-f", folder.file("id")])
            func sign(_ options: [String]) throws -> UserCertificate? {
                try ChildProcess.run(
                    ["/usr/bin/ssh-keygen", "-q", "-s", folder.file("ca"), "-I", "x"] + options + [
                        folder.file("id.pub")
                    ])
                return try? UserCertificate.read(folder.file("id-cert.pub")).get()
            }
            let plain = try #require(Identity.publicKey(inFile: folder.read("id.pub")))
            let certificate = try #require(try sign(["-n", "root", "-V", "20260101000000Z:20260102000000Z"]))
            #expect(certificate.key == plain)
            #expect(certificate.period == 1_767_225_600...1_767_311_999)
            #expect(
                certificate.obstacle(at: 1_767_225_599) == "the certificate does not hold before 2026-01-01T00:00:00Z")
            #expect(certificate.obstacle(at: 1_767_225_600) == nil)
            #expect(certificate.obstacle(at: 1_767_312_000)?.contains("ended at 2026-01-01T23:59:59Z") == true)
            #expect(try sign(["-n", "root"])?.period.upperBound == .max)
            // A host's is none of a user's.
            #expect(try sign(["-h", "-n", "host"]) == nil)
            // Cut anywhere it is none.
            for length in 0..<certificate.offered.blob.count {
                #expect(
                    HostKey(blob: Array(certificate.offered.blob.prefix(length))).flatMap { UserCertificate($0) } == nil
                )
            }
        }

        @Test("a certificate goes before its key, and once only")
        func order() throws {
            let place = try Place()
            let path = try place.key("id")
            let identity = Identity.read(path)
            let plain = try #require(try identity.get().publicKey)
            let file = UserCertificate.read("\(path)-cert.pub")
            let certificate = try #require(try? file.get())
            let client = AgentClient(path: "/nonexistent", loop: EventLoops.shared.next())
            let held = [plain, certificate.offered].map { AgentIdentity(publicKey: $0, comment: "c") }
            let keys = LoginKeys(
                [identity], certificates: [(path: "/named", content: file)], agent: (client, .success(held)),
                now: certificate.period.lowerBound)
            if LibSSH2Version.canUseCertificates {
                #expect(keys.keys.map(\.offered) == [certificate.offered, plain])
                #expect(keys.keys.map(\.name) == ["\(path)-cert.pub", path])
                #expect(keys.obstacles.isEmpty)
            } else {
                #expect(keys.keys.map(\.offered) == [plain])
                #expect(keys.obstacles.allSatisfy { "\($0)".contains(Self.needsNewer) })
            }
        }
    }
}
