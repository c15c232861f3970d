package import Journaling

/// Events as JSON lines, without the scripts and the plan: `harun show` and `harun plan` have those.
package struct JSONRenderer: EventRenderer {
    private let print: @Sendable (String) -> Void

    /// - Parameter print: prints one line.
    package init(print: @escaping @Sendable (String) -> Void) { self.print = print }

    package func show(_ event: Event) {
        if event.event == .progress { return }
        var event = event
        event.script = nil
        event.plan = nil
        event.source = nil
        print(JSONText.line(event))
    }

    package func finish() {}
}
