import Testing
import Transport

@testable import Execution

@Suite("Lines that are shown while a command runs")
struct ProgressLinesTests {
    private func shown(_ pieces: [(OutputChunk.Stream, String)]) -> [String] {
        let lines = ProgressLines()
        return pieces.compactMap { lines.last(in: OutputChunk(stream: $0, bytes: Array($1.utf8))) }
    }

    @Test("what a script reports is shown to nobody, wherever its output is cut")
    func reports() {
        let output = """
            secret password aHVudGVyMg==
            Unpacking xfce4 ...
            @harun:1 frame
            blob status PGNybV9tb24+
            fact wwid 0x6001
            note not installed

            """
        for first in 0...output.count {
            for second in stride(from: first, through: output.count, by: 7) {
                let pieces = [
                    output.prefix(first), output.prefix(second).dropFirst(first), output.dropFirst(second),
                ]
                #expect(Set(shown(pieces.map { (.stdout, String($0)) })) == ["Unpacking xfce4 ..."])
            }
        }
    }

    @Test("the streams do not mix, a carriage return ends a line, and nothing moves the cursor")
    func streams() {
        #expect(shown([(.stdout, "secret "), (.stderr, "a warning\n"), (.stdout, "key x\n")]) == ["a warning"])
        #expect(shown([(.stdout, "10 %\r"), (.stdout, "20 %\r")]) == ["10 %", "20 %"])
        #expect(shown([(.stdout, "\u{1B}[2Ka\tb\n")]) == ["[2Ka b"])
        #expect(shown([(.stdout, "one\ntwo\n \n")]) == ["two"])
        #expect(shown([(.stdout, String(repeating: "x", count: 401) + "\n")]) == [])
    }
}
