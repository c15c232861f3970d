/// Colours for a terminal, or none.
package struct Style: Sendable {
    package let hasColor: Bool

    package init(hasColor: Bool) { self.hasColor = hasColor }

    package func bold(_ text: String) -> String { wrap(text, "1") }
    package func green(_ text: String) -> String { wrap(text, "32") }
    package func yellow(_ text: String) -> String { wrap(text, "33") }
    package func red(_ text: String) -> String { wrap(text, "31") }
    package func dim(_ text: String) -> String { wrap(text, "2") }

    /// One of six colours, the same for the same number: for telling nodes apart.
    package func tint(_ text: String, _ number: Int) -> String {
        wrap(text, ["36", "32", "34", "35", "33", "96"][number % 6])
    }

    private func wrap(_ text: String, _ code: String) -> String {
        hasColor ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
