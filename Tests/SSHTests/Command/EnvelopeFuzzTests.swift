import TestSupport
import Testing
import Transport

@testable import SSH

/// Transcripts of a command, cut, spliced and forged by somebody who does not know its nonce.
@Suite("forged reports")
struct EnvelopeFuzzTests {
    /// One stream as it would have come, and where its last report ends.
    private struct Transcript {
        var bytes: [UInt8] = []
        var end = 0
        /// What of it arrives.
        var kept = 0
        var isWhole: Bool { kept >= end }
    }

    private typealias Words = [[UInt8]]

    /// Everything that looks like a report and is none: other nonces, near misses, halves, numbers out of range.
    private func forgeries(_ nonce: String, _ random: inout SeededGenerator) -> Words {
        let other = EnvelopeNonce().text
        var near = Array(nonce.utf8)
        let place = Int.random(in: 0..<near.count, using: &random)
        near[place] = near[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        let half = nonce.prefix(Int.random(in: 1..<nonce.count, using: &random))
        return [
            Array("\(other):0\n".utf8), near + Array(":0\n".utf8), Array("\(half):0\n".utf8),
            Array("\(nonce.uppercased())x:0\n".utf8), Array("\(nonce) :0\n".utf8), Array("\(nonce):-1\n".utf8),
            Array("\(nonce): 0\n".utf8), Array("\(nonce):0\r\n".utf8), Array("\(nonce):\n".utf8),
            Array("\(nonce):000000000000\n".utf8), Array("\(nonce):0 \n".utf8), Array(":0\n".utf8), Array("0\n".utf8),
            Array("\(half)\(nonce):x\n".utf8), random.bytes(12, favouring: Array("\(nonce):0\n".utf8)),
        ]
    }

    private func transcript(
        _ nonce: String, pid: Int, status: UInt8, opens: Bool, _ random: inout SeededGenerator
    ) -> Transcript {
        let words = forgeries(nonce, &random)
        func noise() -> [UInt8] {
            (0..<Int.random(in: 0...6, using: &random)).flatMap { _ in words.randomElement(using: &random) ?? [] }
        }
        var transcript = Transcript()
        transcript.bytes = noise() + (opens ? Array("\(nonce):\(pid)\n".utf8) : []) + noise()
        transcript.bytes += Array("\(nonce):\(status)\n".utf8)
        transcript.end = opens ? transcript.bytes.count : .max
        transcript.bytes += noise()
        let isCut = Bool.random(using: &random)
        transcript.kept = isCut ? Int.random(in: 0...transcript.bytes.count, using: &random) : transcript.bytes.count
        return transcript
    }

    @Test("no cut, splice or forgery makes a wrong success, and the true reports are believed", arguments: 0..<3000)
    func neverWrong(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let nonce = EnvelopeNonce(random.next(), random.next())
        let status = Bool.random(using: &random) ? 0 : UInt8.random(in: 1...255, using: &random)
        let pid = Int.random(in: 2...4_194_304, using: &random)
        let streams: [OutputChunk.Stream] = [.stdout, .stderr]
        let texts = streams.map { _ in
            transcript(
                nonce.text, pid: pid, status: status, opens: Int.random(in: 0..<8, using: &random) > 0, &random)
        }
        var reader = EnvelopeReader(nonce: nonce)
        var positions = [0, 0]
        while positions[0] < texts[0].kept || positions[1] < texts[1].kept {
            let which = Int.random(in: 0...1, using: &random)
            let end = min(texts[which].kept, positions[which] + Int.random(in: 1...40, using: &random))
            texts[which].bytes[positions[which]..<end].withUnsafeBytes { _ = reader.consume($0, of: streams[which]) }
            positions[which] = end
        }
        for stream in streams { _ = reader.finish(stream) }
        let isProved = texts.allSatisfy(\.isWhole)
        #expect(reader.outcome(signal: nil) == (isProved ? .exited(status) : .unknown), "seed \(seed)")
        #expect(reader.isComplete == isProved, "seed \(seed)")
    }
}
