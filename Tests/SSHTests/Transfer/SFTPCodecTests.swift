import TestSupport
import Testing
import Transport

@testable import SSH

@Suite("the SFTP codec")
struct SFTPCodecTests {
    private func replies(_ pieces: [[UInt8]]) throws -> [SFTPReply] {
        var inbox = SFTPInbox()
        var replies: [SFTPReply] = []
        for piece in pieces {
            piece.withUnsafeBytes { inbox.add($0) }
            while let reply = try inbox.next() { replies.append(reply) }
        }
        return replies
    }

    private static let stream: [UInt8] =
        [0, 0, 0, 5, 2, 0, 0, 0, 3]
        + [0, 0, 0, 10, 102, 0, 0, 0, 1, 0, 0, 0, 1, 7]
        + [0, 0, 0, 19, 101, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0, 2, 111, 104, 0, 0, 0, 0]
        + [0, 0, 0, 9, 101, 0, 0, 0, 3, 0, 0, 0, 0]
        + [0, 0, 0, 12, 103, 0, 0, 0, 4, 0, 0, 0, 3, 9, 8, 7]

    private static let expected: [SFTPReply] = [
        .version(3), .handle(id: 1, [7]), .status(id: 2, code: 4, message: "oh"), .status(id: 3, code: 0, message: ""),
        .data(id: 4, [9, 8, 7]),
    ]

    @Test("replies are the same however the bytes are cut", arguments: 1...21)
    func cuts(size: Int) throws {
        let pieces = stride(from: 0, to: Self.stream.count, by: size).map {
            Array(Self.stream[$0..<min($0 + size, Self.stream.count)])
        }
        #expect(try replies(pieces) == Self.expected)
    }

    @Test("what is not SFTP is refused, with a word on the usual reason")
    func noise() throws {
        let greeting = Array("Welcome to this host\r\n".utf8)
        let error = #expect(throws: TransportError.self) { try replies([greeting]) }
        #expect(error?.description.contains("does a start-up file of the shell print?") == true)
        for broken: [UInt8] in [
            [0, 0, 0, 0], [0, 0, 0, 1, 101], [0, 0, 0, 9, 103, 0, 0, 0, 1, 0, 0, 0, 9],
            [0, 0, 0, 9, 102, 0, 0, 0, 1, 255, 255, 255, 255], [0, 0, 0, 5, 99, 0, 0, 0, 1],
        ] {
            #expect(throws: TransportError.self) { try replies([broken]) }
        }
    }

    @Test("no bytes make the reader crash or hoard memory")
    func random() {
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            var bytes = Self.stream
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            _ = try? replies([bytes])
        }
    }

    @Test("a write has the length it says and carries its content")
    func write() {
        var bytes: [UInt8] = []
        SFTPRequest.write(258, handle: [1, 2], offset: 1 << 32, [5, 6, 7], to: &bytes)
        #expect(bytes.count == SFTPRequest.writeOverhead + 2 + 3)
        #expect(
            bytes == [0, 0, 0, 26, 6, 0, 0, 1, 2, 0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 5, 6, 7])
    }
}
