import Glibc
import TestSupport
import Testing
import Transport

@testable import SSH

/// Agents that misbehave: each costs its own request, within its own time, and nothing else.
@Suite("the agent's client")
struct AgentClientTests {
    private func error(_ manner: FakeAgent.Manner, patience: Duration = .seconds(20)) async throws -> AgentError? {
        let agent = try FakeAgent(manner)
        let client = AgentClient(path: agent.socketPath, loop: EventLoops.shared.next(), patience: patience)
        return await failure(of: client)
    }

    private func failure(of client: AgentClient) async -> AgentError? {
        do throws(AgentError) {
            _ = try await client.identities()
            return nil
        } catch {
            return error
        }
    }

    @Test("an agent that hangs ends at the deadline, for all who wait at once", .timeLimit(.minutes(1)))
    func hangs() async throws {
        let agent = try FakeAgent(.hang)
        let client = AgentClient(path: agent.socketPath, loop: EventLoops.shared.next(), patience: .milliseconds(200))
        await withTaskGroup(of: AgentError?.self) { group in
            for _ in 0..<50 { group.addTask { await failure(of: client) } }
            for await error in group { #expect(error == .hangs) }
        }
    }

    @Test("an agent that dies, talks nonsense, too much or too long is told apart")
    func broken() async throws {
        #expect(try await error(.hangUp) == .closed)
        #expect(try await error(.answer([0, 0, 0, 1, 5])) == .refused)
        #expect(try await error(.answer([0, 0, 0, 1, 6])) == .garbage)
        #expect(try await error(.answer([0, 0, 0, 0])) == .garbage)
        #expect(try await error(.answer([255, 255, 255, 255, 12])) == .garbage)
        #expect(try await error(.answer([0, 0, 0, 5, 12, 0, 0, 0, 0, 9])) == .garbage)
        #expect(try await error(.answer([0, 0, 0, 9, 12]), patience: .milliseconds(200)) == .hangs)
    }

    @Test("no agent behind the socket, and no socket, are errors that name it")
    func nobody() async throws {
        let client = AgentClient(path: "/nonexistent/agent", loop: EventLoops.shared.next())
        #expect(await failure(of: client) == .unreachable("/nonexistent/agent: No such file or directory"))
        let long = AgentClient(path: String(repeating: "x", count: 200), loop: EventLoops.shared.next())
        guard case .unreachable? = await failure(of: long) else {
            Issue.record("another error")
            return
        }
    }

    @Test("a real agent answers two hundred requests at once")
    func realAgent() async throws {
        let agent = try RealAgent()
        let client = AgentClient(path: agent.socket, loop: EventLoops.shared.next())
        #expect(try await client.identities().isEmpty)
        try OpenSSHServer.makeKey(agent.directory.file("key"), type: "ed25519")
        try agent.add(agent.directory.file("key"))
        let identities = try await client.identities()
        #expect(identities.map(\.publicKey.type) == ["ssh-ed25519"])
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 { group.addTask { try await client.identities().count } }
            for try await count in group { #expect(count == 1) }
        }
    }

    @Test("random answers never crash it", arguments: 0..<10 as Range<UInt64>)
    func fuzz(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let bytes = random.bytes(Int.random(in: 1..<60, using: &random), favouring: [0, 0, 0, 1, 5, 12])
        _ = try await error(.answer(bytes), patience: .milliseconds(100))
    }
}
