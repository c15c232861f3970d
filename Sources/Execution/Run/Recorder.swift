import Foundation
package import Journaling
package import Planning
package import Transport

/// Stamps events, brings them to the journal, folds them, and hands them to whoever watches.
package actor Recorder {
    package nonisolated let run: RunID
    private let journal: Journal
    private nonisolated let observer: @Sendable (Event) -> Void
    package private(set) var state: RunState
    private var failure: JournalError?

    /// - Parameters:
    ///   - state: the fold of what earlier processes journaled of the same run.
    ///   - observer: sees every event after it is on disk, and progress at once. Called from several
    ///     threads, one at a time or not: it must cope.
    package init(
        run: RunID, journal: Journal, after state: RunState = RunState(),
        observer: @escaping @Sendable (Event) -> Void
    ) {
        self.run = run
        self.journal = journal
        self.state = state
        self.observer = observer
    }

    /// A new event of this run with the time of now.
    package nonisolated func event(
        _ kind: EventKind, stage: String? = nil, step: StepID? = nil, node: NodeName? = nil
    ) -> Event {
        var event = Event(kind, run: run, time: Self.timestamp())
        event.stage = stage ?? step?.stage
        event.step = step
        event.node = node
        return event
    }

    /// Returns when the events are on disk.
    ///
    /// After a write that failed it takes nothing more, even where there is room again: what could not be
    /// intended on disk must not be begun, by no lane of the run.
    package func record(_ events: [Event]) async throws(JournalError) {
        guard !events.isEmpty else { return }
        if let failure { throw failure }
        do throws(JournalError) {
            try await journal.append(events)
        } catch {
            failure = error
            throw error
        }
        for event in events {
            state.apply(event)
            observer(event)
        }
    }

    /// Answers a question about the state without a copy of it, which would cost its whole size.
    func look<T: Sendable>(_ question: @Sendable (RunState) -> T) -> T { question(state) }

    /// How often a step was begun on a node or taken back there so far.
    package func attempts(of key: RunState.Key) -> Int { state.attempts(of: key) }

    /// Shows a line of work under way; not journaled.
    package nonisolated func progress(_ text: String, step: StepID?, node: NodeName?) {
        var event = event(.progress, step: step, node: node)
        event.message = text
        observer(event)
    }

    /// Now, as ISO 8601 in UTC with milliseconds.
    ///
    /// - Parameter seconds: how far from now.
    package static func timestamp(in seconds: Int = 0) -> String {
        Date(timeIntervalSinceNow: Double(seconds)).formatted(
            .iso8601.year().month().day().timeSeparator(.colon).dateSeparator(.dash)
                .time(includingFractionalSeconds: true).timeZone(separator: .omitted))
    }
}
