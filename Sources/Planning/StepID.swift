/// A step's name in a plan, the journal and every message: `storage/format`.
package struct StepID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let stage: String
    package let step: String

    package init(stage: String, step: String) {
        self.stage = stage
        self.step = step
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        stage = parts.first ?? text
        step = parts.count > 1 ? parts[1] : ""
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String { "\(stage)/\(step)" }
}
