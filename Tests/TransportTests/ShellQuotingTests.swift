import Foundation
import TestSupport
import Testing
import Transport

@Suite("Words of the shell")
struct ShellQuotingTests {
    /// What joins the character before or behind it, so that a quote beside it is no longer a quote to Swift.
    private static let joining: [Character] = ["\u{301}", "\u{200D}", "\u{FE0F}", "\u{600}"]

    /// What a real `sh` makes of words: each printed, with a NUL behind it.
    private func throughShell(_ words: [String]) async throws -> [[UInt8]] {
        let folder = NSTemporaryDirectory() + "harun-quoting-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let script = "printf '%s\\0' " + words.map(\.shellQuoted).joined(separator: " ")
        let result = try await SimulatedShell.run(script, in: folder)
        #expect(result.outcome == .exited(0), "\(result.errorText)")
        return result.stdout.split(separator: 0, omittingEmptySubsequences: false).dropLast().map(Array.init)
    }

    @Test("sh reads back every word as it was, whatever it is made of")
    func random() async throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let nasty = Array("'\"\\$`!*?[]{}()<>|&;#~=%^ \t\n\r-–üñ\u{1F9EA}\u{7F}\u{1}aZ09./:,@+_") + Self.joining
        let words = (0..<300).map { _ in
            String(
                (0..<Int.random(in: 1...24, using: &generator)).map { _ in nasty.randomElement(using: &generator) ?? "x"
                })
        }
        #expect(try await throughShell(words) == words.map { Array($0.utf8) }, "seed \(seed)")
    }

    @Test("every single character but NUL comes back, also doubled and at both ends")
    func everyByte() async throws {
        let words = (1...255).map { String(UnicodeScalar(UInt8($0))) }.flatMap {
            [$0, $0 + $0, "a\($0)b", "\($0)b\($0)"]
        }
        #expect(try await throughShell(words) == words.map { Array($0.utf8) })
    }

    @Test("a quote that is one character with a mark beside it is a quote to sh", arguments: joining)
    func marks(mark: Character) async throws {
        let words = [
            "'\(mark)", "\(mark)'", "a'\(mark)b", "a\(mark)'b", "'\(mark); echo no; '\(mark)",
            "\(mark)'; echo no; \(mark)'",
        ]
        #expect(try await throughShell(words) == words.map { Array($0.utf8) })
    }

    @Test("the empty word is a word, and a word that starts with a dash or a tilde is no option and no home")
    func special() async throws {
        let words = ["", "-n", "~", "~root", "a=b", "$(id)", "`id`", "*", "'"]
        #expect(try await throughShell(words) == words.map { Array($0.utf8) })
    }

    @Test("plain words stay as they are, so that commands can be read")
    func plain() {
        for word in ["iqn.2005-10.org.freenas.ctl:ha", "/dev/disk/by-id/wwn-0x6001", "10.0.0.1,10.0.0.2", "root@nodo1"]
        {
            #expect(word.shellQuoted == word)
        }
        #expect("it's".shellQuoted == "'it'\\''s'")
    }
}
