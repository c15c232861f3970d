import TestSupport
import Testing
import Transport

@testable import SSH

extension RealServerTests {
    @Suite("loops of logins that ask")
    struct OwnLoops {
        @Test("a loop that a login had for itself serves the next such login, once its session is over")
        func again() async throws {
            let pam = try PAMServer(config: ["PasswordAuthentication no", "KbdInteractiveAuthentication yes"])
            let user = try TestUser(password: "pass word")
            var endpoint = pam.server.endpoint(identities: [])
            endpoint.user = user.name
            endpoint.identityAgent = .none
            func session() async throws -> SSHSession {
                try await SSHConnector(time: ManualTime(), prompt: SecretPrompt { _ in "pass word" })
                    .openSession(to: endpoint)
            }
            let first = try await session()
            let beside = try await session()
            #expect(first.loop !== beside.loop)
            await first.close()
            let next = try await session()
            #expect(next.loop === first.loop)
            await beside.close()
            await next.close()
        }
    }
}
