import TestSupport
import Testing

@testable import SSH

@Suite("the first bytes of a server")
struct GreetingTests {
    private static func greeting(_ bytes: [UInt8], pieces: Int = 1) -> Greeting {
        var greeting = Greeting()
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = Array(rest.prefix(pieces))
            piece.withUnsafeBytes { greeting.add($0) }
            rest = rest.dropFirst(pieces)
        }
        return greeting
    }

    private static func packet(_ lists: [String]) -> [UInt8] {
        var body: [UInt8] = []
        for list in lists { body += [0, 0, 0, UInt8(list.utf8.count)] + Array(list.utf8) }
        return [0, 0, 1, 0, 4, 20] + [UInt8](repeating: 9, count: 16) + body
    }

    @Test("the types of host keys are read from the first packet, however it is cut", arguments: [1, 3, 1000])
    func types(pieces: Int) {
        let bytes = Array("hello\r\nSSH-2.0-x\r\n".utf8) + Self.packet(["kex1,kex2", "ssh-ed25519,rsa-sha2-512"])
        let greeting = Self.greeting(bytes, pieces: pieces)
        #expect(greeting.hasBanner)
        #expect(greeting.refusal == nil)
        #expect(greeting.hostKeyTypes == ["ssh-ed25519", "rsa-sha2-512"])
    }

    @Test("what is said instead of a banner is one harmless line")
    func refusal() {
        #expect(Self.greeting([]).refusal == nil)
        #expect(Self.greeting(Array("Not allowed at this time\r\n".utf8)).refusal == "Not allowed at this time")
        #expect(Self.greeting([27, 91, 65, 10, 66, 0xFF]).refusal == "[A B")
        #expect(Self.greeting(Array("SSH-2.0".utf8)).refusal == nil)
    }

    @Test("no bytes at all make it crash", arguments: 0..<200 as Range<UInt64>)
    func fuzz(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var bytes = Array("SSH-2.0-x\r\n".utf8) + Self.packet(["kex1", "ssh-ed25519"])
        for _ in 0..<4 {
            bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        let greeting = Self.greeting(Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random))))
        _ = (greeting.hostKeyTypes, greeting.refusal, greeting.hasBanner)
    }
}
