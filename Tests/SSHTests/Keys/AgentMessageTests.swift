import TestSupport
import Testing

@testable import SSH

@Suite("the agent's messages")
struct AgentMessageTests {
    private static let blob = LoginSamples.key("ssh-ed25519", 1).blob

    private func string(_ bytes: [UInt8]) -> [UInt8] {
        var writer = SSHBlobWriter()
        writer.string(bytes)
        return writer.bytes
    }

    @Test("questions have the bytes of the protocol")
    func questions() {
        #expect(AgentMessage.requestIdentities == [0, 0, 0, 1, 11])
        #expect(
            AgentMessage.signRequest(key: [1], data: [2, 3], flags: 4)
                == [0, 0, 0, 16, 13, 0, 0, 0, 1, 1, 0, 0, 0, 2, 2, 3, 0, 0, 0, 4])
    }

    @Test("keys come with their comments, which cannot move the cursor")
    func identities() throws {
        let message =
            [12, 0, 0, 0, 2] + string(Self.blob) + string(Array("a\u{1b}[2J".utf8)) + string([1]) + string([])
        let list = try AgentMessage.identities(in: message)
        #expect(list.map(\.publicKey.blob) == [Self.blob])
        #expect(list.first?.comment == "a\u{FFFD}[2J")
    }

    @Test("a signature comes without the algorithm's name")
    func signature() throws {
        let inner = string(Array("ssh-ed25519".utf8)) + string([7, 8, 9])
        #expect(try AgentMessage.signature(in: [14] + string(inner)) == [7, 8, 9])
    }

    @Test("a refusal and nonsense are told apart")
    func failures() {
        #expect(throws: AgentError.refused) { try AgentMessage.signature(in: [5]) }
        #expect(throws: AgentError.refused) { try AgentMessage.identities(in: [5]) }
        for message in [[], [6], [12], [12, 255, 255, 255, 255], [14, 0, 0, 0, 9], [14, 0, 0, 0, 0], [14, 0]]
            as [[UInt8]]
        {
            #expect(throws: AgentError.garbage) { try AgentMessage.signature(in: message) }
        }
        #expect(throws: AgentError.garbage) { try AgentMessage.identities(in: [12, 255, 255, 255, 255, 0]) }
    }

    @Test("an RSA key signs with the hash that the login names")
    func flags() {
        func data(_ algorithm: String) -> [UInt8] {
            var writer = SSHBlobWriter()
            writer.string([1, 2, 3])
            var rest = SSHBlobWriter()
            for text in ["root", "ssh-connection", "publickey"] { rest.text(text) }
            var name = SSHBlobWriter()
            name.text(algorithm)
            return writer.bytes + [50] + rest.bytes + [1] + name.bytes
        }
        #expect(AgentMessage.flags(for: data("rsa-sha2-256")) == 2)
        #expect(AgentMessage.flags(for: data("rsa-sha2-512")) == 4)
        #expect(AgentMessage.flags(for: data("ssh-rsa")) == 0)
        #expect(AgentMessage.flags(for: [1, 2, 3]) == 0)
    }

    @Test("messages come out whole, however they are cut", arguments: 0..<20 as Range<UInt64>)
    func pieces(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let message = random.bytes(Int.random(in: 1..<300, using: &random), favouring: [0])
        var stream = AgentStream()
        var rest = string(message)[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...9, using: &random))
            rest = rest.dropFirst(piece.count)
            #expect(try stream.consume(piece) == (rest.isEmpty ? message : nil))
        }
        #expect(!stream.hasMore)
    }

    @Test("no bytes whatever crash the codec", arguments: 0..<200 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let bytes = random.bytes(Int.random(in: 0..<80, using: &random), favouring: [0, 0, 0, 1, 5, 12, 14])
            _ = try? AgentMessage.identities(in: bytes)
            _ = try? AgentMessage.signature(in: bytes)
            _ = AgentMessage.flags(for: bytes)
            var stream = AgentStream()
            _ = try? stream.consume(bytes)
        }
    }
}
