import Testing
import Transport

@testable import SSH

@Suite("the keys of a login")
struct LoginKeysTests {
    private func file(_ path: String, _ key: HostKey, _ material: Identity.Material) -> Result<Identity, TransportError>
    {
        .success(Identity(path: path, publicKey: key, material: material))
    }

    private func agent(_ keys: HostKey...) -> (client: AgentClient, answer: Result<[AgentIdentity], AgentError>) {
        (
            AgentClient(path: "/nonexistent", loop: EventLoops.shared.next()),
            .success(keys.map { AgentIdentity(publicKey: $0, comment: "comment") })
        )
    }

    private let first = LoginSamples.key("ssh-ed25519", 1)
    private let second = LoginSamples.key("ssh-ed25519", 2)
    private let third = LoginSamples.key("ecdsa-sha2-nistp256", 3)
    private let rsa = LoginSamples.key("ssh-rsa", 4)

    @Test("a public key picks the agent's key, and identitiesOnly leaves the others out")
    func picked() {
        let files = [file("two.pub", second, .agentOnly)]
        let only = LoginKeys(files, agent: agent(first, second, third), identitiesOnly: true)
        #expect(only.keys.map(\.publicKey) == [second])
        let all = LoginKeys(files, agent: agent(first, second, third))
        #expect(all.keys.map(\.publicKey) == [second, first, third])
        #expect(LoginKeys(files, agent: agent(first)).obstacles.count == 1)
        #expect(LoginKeys(files).keys.isEmpty)
    }

    @Test("an agent's RSA key is passed over with a message before libssh2 1.11")
    func rsaInAgent() {
        guard !LibSSH2Version.canUseRSA else { return }
        let keys = LoginKeys([], agent: agent(rsa, first))
        #expect(keys.keys.map(\.publicKey) == [first])
        #expect(keys.obstacles.first?.description.contains("RSA") == true)
    }

    @Test("what worked before comes first, and no key is offered twice")
    func proven() {
        let keys = LoginKeys(
            [file("one.pub", first, .agentOnly)], agent: agent(first, second, third, third), proven: [third])
        #expect(keys.keys.map(\.publicKey) == [third, first, second])
    }

    @Test("an agent that fails is an obstacle and no error")
    func brokenAgent() {
        let client = AgentClient(path: "/nonexistent", loop: EventLoops.shared.next())
        let keys = LoginKeys([], agent: (client, .failure(.hangs)))
        #expect(keys.keys.isEmpty)
        #expect(keys.obstacles.first?.description.contains("does not answer") == true)
    }
}
