package import Planning
package import Transport

/// Where a run stands: nothing but the fold of its events.
package struct RunState: Sendable, Hashable {
    /// How far a step came on a node.
    package enum Progress: String, Sendable, Hashable {
        case unchanged, intended, applied, refused, failed, unknown, undoing, undone, undoFailed, kept
    }

    package struct Key: Hashable, Sendable {
        package var step: StepID
        package var node: NodeName

        package init(step: StepID, node: NodeName) {
            self.step = step
            self.node = node
        }
    }

    /// Where something failed; not every failure belongs to a step and a node.
    package struct Place: Hashable, Sendable {
        package var step: StepID?
        package var node: NodeName?
    }

    package private(set) var progress: [Key: Progress] = [:]
    /// Steps whose intent was written, in that order: what a rollback goes through backwards.
    package private(set) var touched: [Key] = []
    private var isTouched: Set<Key> = []
    /// Where something was refused, failed or stayed unproved, whether or not it was taken back afterwards.
    package private(set) var failures: Set<Place> = []
    package private(set) var checkpoints: [String] = []
    package private(set) var result: RunResult?
    package private(set) var outageSeconds: Double?

    package init() {}

    /// The state after these events.
    package init(_ events: some Sequence<Event>) {
        for event in events { apply(event) }
    }

    /// Takes in one more event.
    ///
    /// The same events in the same order always give the same state.
    package mutating func apply(_ event: Event) {
        switch event.event {
        case .checkpoint: if let stage = event.stage { checkpoints.append(stage) }
        case .end: result = event.result
        case .start: result = nil
        case .stage, .progress: break
        case .unchanged: set(.unchanged, event)
        case .intent:
            set(.intended, event)
            if let key = key(event), isTouched.insert(key).inserted { touched.append(key) }
        case .applied:
            set(.applied, event)
            if let outage = event.facts?["outage_seconds"].flatMap(Double.init) { outageSeconds = outage }
        case .refused: fail(.refused, event)
        case .failed: fail(.failed, event)
        case .unknown: fail(.unknown, event)
        case .undoFailed: fail(.undoFailed, event)
        case .undo: set(.undoing, event)
        case .undone: set(.undone, event)
        case .kept: set(.kept, event)
        }
    }

    /// How many step-and-node pairs stand at one of these.
    package func count(_ wanted: Progress...) -> Int { progress.values.count { wanted.contains($0) } }

    /// Intents that never got an outcome: what a resume must look at first.
    package var open: [Key] { touched.filter { progress[$0] == .intended || progress[$0] == .undoing } }

    private func key(_ event: Event) -> Key? {
        guard let step = event.step, let node = event.node else { return nil }
        return Key(step: step, node: node)
    }

    private mutating func fail(_ value: Progress, _ event: Event) {
        failures.insert(Place(step: event.step, node: event.node))
        set(value, event)
    }

    private mutating func set(_ value: Progress, _ event: Event) {
        if let key = key(event) { progress[key] = value }
    }
}
