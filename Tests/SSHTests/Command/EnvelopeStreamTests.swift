import TestSupport
import Testing
import Transport

@testable import SSH

@Suite("the envelope's reports in a stream")
struct EnvelopeStreamTests {
    private let nonce = EnvelopeNonce(0x0123_4567_89AB_CDEF, 0x0123_4567_0000_0000)

    private func feed(_ bytes: [UInt8], into stream: inout EnvelopeStream) -> [UInt8] {
        bytes.withUnsafeBytes { stream.consume($0) }
    }

    @Test("what lies between the reports comes out unchanged, however it is cut", arguments: 0..<200 as Range<UInt64>)
    func cuts(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let mark = Array(nonce.text.utf8)
        // Half reports, repeated beginnings and look-alikes are the body's favourite words.
        let words: [[UInt8]] = [
            mark, Array(mark.prefix(20)), mark + Array(":".utf8), mark + Array(":x\n".utf8),
            Array("0123456701234567".utf8),
            mark + Array(":99999999999999999999\n".utf8), Array("\n".utf8), random.bytes(9, favouring: mark),
        ]
        let body = (0..<Int.random(in: 0..<12, using: &random)).flatMap { _ in words.randomElement(using: &random) ?? []
        }
        let whole = Array("noise".utf8) + mark + Array(":41\n".utf8) + body + mark + Array(":7\nlate".utf8)
        var stream = EnvelopeStream(nonce: nonce)
        var output: [UInt8] = []
        var rest = whole[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...7, using: &random)
            output += feed(Array(rest.prefix(count)), into: &stream)
            rest = rest.dropFirst(count)
        }
        output += stream.finish()
        #expect(output == body)
        #expect(stream.opening == 41)
        #expect(stream.closing == 7)
        #expect(stream.preamble == Array("noise".utf8))
    }

    @Test("without the last report everything held back comes out, and nothing is proved")
    func cutOff() {
        var stream = EnvelopeStream(nonce: nonce)
        var output = feed(Array("\(nonce.text):1\nabc\(nonce.text):0".utf8), into: &stream)
        #expect(output == Array("abc".utf8))
        output += stream.finish()
        #expect(output == Array("abc\(nonce.text):0".utf8))
        #expect(stream.closing == nil)
    }

    @Test("an exit is proved only by both streams together")
    func both() {
        var reader = EnvelopeReader(nonce: nonce)
        let report = Array("\(nonce.text):5\n\(nonce.text):0\n".utf8)
        _ = report.withUnsafeBytes { reader.consume($0, of: .stderr) }
        #expect(!reader.isComplete)
        #expect(reader.outcome(signal: nil) == .unknown)
        #expect(reader.outcome(signal: "KILL") == .signalled("KILL"))
        _ = report.withUnsafeBytes { reader.consume($0, of: .stdout) }
        #expect(reader.isComplete)
        #expect(reader.pid == 5)
        #expect(reader.outcome(signal: nil) == .exited(0))
    }

    @Test("the nonce stands whole in no argument")
    func hidden() {
        for script in ["true", String(repeating: "echo long;", count: 5000)] {
            let envelope = CommandEnvelope(script: script, sudo: .all, nonce: nonce)
            #expect(!envelope.request.contains(nonce.text))
        }
    }
}
