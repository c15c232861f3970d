package import Journaling
import Planning
import Transport

/// One journaled event as `harun show` prints it.
package struct EventText {
    private let event: Event
    private let withScript: Bool

    /// - Parameter withScript: also the script that was run; secrets never stand in one.
    package init(_ event: Event, withScript: Bool) {
        self.event = event
        self.withScript = withScript
    }

    /// One line, and what belongs to it indented below.
    package var text: String {
        let place = [event.step?.description ?? event.stage, event.node?.text].compactMap { $0 }.joined(separator: " ")
        var line = "\(event.time)  \(event.event.rawValue.padded(to: 11)) \(place)"
        if let message = event.message { line += "  \(message.split(separator: "\n").joined(separator: " / "))" }
        if let result = event.result { line += "  \(result.rawValue)" }
        if let seconds = event.seconds { line += "  (\(TextRenderer.seconds(seconds)))" }
        var lines = [line.trimmingEnd]
        if let facts = event.facts, !facts.isEmpty {
            lines.append(
                "    " + facts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " "))
        }
        if let output = event.output, !output.isEmpty { lines.append(Self.block(output, "    | ")) }
        if withScript, let script = event.script { lines.append(Self.block(script, "    $ ")) }
        return lines.joined(separator: "\n")
    }

    private static func block(_ text: String, _ margin: String) -> String {
        text.split(whereSeparator: \.isNewline).map { margin + $0 }.joined(separator: "\n")
    }
}
