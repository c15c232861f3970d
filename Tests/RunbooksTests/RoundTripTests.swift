import Documents
import Runbooks
import TestSupport
import Testing

@Suite("Runbooks written down and read again")
struct RoundTripTests {
    /// SplitMix64: the same seed gives the same runbooks everywhere.

    @Test("whatever a runbook says is read as it was written", arguments: 0..<50)
    func roundTrip(number: Int) throws {
        let seed = UInt64(number) &* 7919 &+ UInt64.random(in: 0..<1_000_000)
        var generator = SeededGenerator(seed: seed)
        let text = Self.runbook(using: &generator)
        let first = try Runbook(parsing: text, file: "runbook.toml")
        let rendered = Self.render(first)
        let second = try Runbook(parsing: rendered, file: "runbook.toml")
        #expect(Self.render(second) == rendered, "seed \(seed)")
        #expect(rendered == text, "seed \(seed)")
    }

    // MARK: - Random runbooks, in the form that ``render(_:)`` gives them

    private static func runbook(using generator: inout SeededGenerator) -> String {
        var text = "[runbook]\nname = \(word(using: &generator))\nsummary = \(word(using: &generator))\n"
        for stage in 0..<Int.random(in: 1...3, using: &generator) {
            text += "\n[[stage]]\nname = \"stage-\(stage)\"\nsummary = \(word(using: &generator))\n"
            for step in 0..<Int.random(in: 1...4, using: &generator) {
                text += "\n[[stage.step]]\nid = \"step-\(step)\"\naction = \(word(using: &generator))\n"
                let targets = ["\"all\"", "\"first\"", "[\"n1\", \"n2\"]", "\"${cluster.nodes}\""]
                if Bool.random(using: &generator) { text += "on = \(targets.randomElement(using: &generator) ?? "")\n" }
                if Bool.random(using: &generator) { text += "rolling = true\n" }
                text += "with = \(table(depth: 2, using: &generator))\n"
            }
        }
        return text
    }

    private static func table(depth: Int, using generator: inout SeededGenerator) -> String {
        let entries = (0..<Int.random(in: 0...3, using: &generator)).map { number in
            "k\(number) = \(value(depth: depth, using: &generator))"
        }
        return "{\(entries.joined(separator: ", "))}"
    }

    private static func value(depth: Int, using generator: inout SeededGenerator) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &generator) {
        case 0: return "\(Int.random(in: -1_000_000...1_000_000, using: &generator))"
        case 1: return "\(Bool.random(using: &generator))"
        case 2, 3: return word(using: &generator)
        case 4: return table(depth: depth - 1, using: &generator)
        default:
            let elements = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                value(depth: depth - 1, using: &generator)
            }
            return "[\(elements.joined(separator: ", "))]"
        }
    }

    private static func word(using generator: inout SeededGenerator) -> String {
        let letters = Array("ab Z09-_.#='\"\\\n\t\u{1}\u{7F}${}[]é\u{1F9EA}")
        let text = String(
            (0..<Int.random(in: 1...12, using: &generator)).map { _ in
                letters.randomElement(using: &generator) ?? "x"
            })
        return quote(text)
    }

    // MARK: - Rendering

    private static func render(_ runbook: Runbook) -> String {
        var text = "[runbook]\nname = \(quote(runbook.name))\nsummary = \(quote(runbook.summary))\n"
        for stage in runbook.stages {
            text += "\n[[stage]]\nname = \(quote(stage.name))\nsummary = \(quote(stage.summary))\n"
            for step in stage.steps {
                text += "\n[[stage.step]]\nid = \(quote(step.id))\naction = \(quote(step.action))\n"
                if let on = step.on { text += "on = \(render(on))\n" }
                if step.isRolling { text += "rolling = true\n" }
                text += "with = \(render(step.with))\n"
            }
        }
        return text
    }

    private static func render(_ table: Table) -> String {
        "{\(table.entries.map { "\($0.key) = \(render($0.value))" }.joined(separator: ", "))}"
    }

    private static func render(_ value: Value) -> String {
        switch value.content {
        case .string(let text): quote(text)
        case .integer(let number): "\(number)"
        case .double(let number): "\(number)"
        case .boolean(let truth): "\(truth)"
        case .date(let text): text
        case .array(let values): "[\(values.map(render).joined(separator: ", "))]"
        case .table(let table): render(table)
        }
    }

    /// A TOML basic string.
    private static func quote(_ text: String) -> String {
        "\""
            + text.unicodeScalars.map { scalar in
                switch scalar {
                case "\"": "\\\""
                case "\\": "\\\\"
                case "\u{0}"..<" ", "\u{7F}":
                    "\\u" + String(repeating: "0", count: 4 - String(scalar.value, radix: 16).count)
                        + String(scalar.value, radix: 16)
                default: String(scalar)
                }
            }.joined() + "\""
    }
}
