package import Planning
package import Transport

/// Where a run stands: nothing but the fold of its events, those of every process that went on with it.
package struct RunState: Sendable, Hashable {
    /// How far a step came on a node.
    package enum Progress: String, Sendable, Hashable {
        case unchanged, intended, applied, refused, failed, unknown, skipped, deferred, drifted, undoing, undone
        case undoFailed, undoSkipped, kept
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

    /// A rollback that began and did not end.
    package struct PendingRollback: Hashable, Sendable {
        /// The stage at whose checkpoint it ends; nil where everything is taken back.
        package var to: String?
        /// Whether the operator asked for it, so that nothing is done anew afterwards.
        package var isAsked: Bool

        package init(to: String?, isAsked: Bool) {
            self.to = to
            self.isAsked = isAsked
        }
    }

    private var ledger = RunLedger()
    /// How far each step came on each node.
    package var progress: RunProgress { RunProgress(ledger) }
    /// Steps whose intent was written and that were not taken back, in the order in which they first began:
    /// what a rollback goes through backwards.
    package var touched: [Key] { ledger.touched }
    /// Steps that began for the first time since they were last taken back, and whose end is not known yet.
    private var isFresh: Set<Key> = []
    /// Steps whose undo began although nobody had proved that they were done: only half of them may be there, which
    /// their probes do not see.
    private var halfDone: Set<Key> = []
    /// The hashes of what a step kept on the node before it changed anything, by name: what it is taken back with.
    package private(set) var preImages: [Key: [String: String]] = [:]
    /// The systemd unit on the node of each long command that has no proved end.
    package private(set) var units: [Key: String] = [:]
    /// The name of a step's newest attempt on a node that has no proved end, where the node itself keeps whether
    /// that was begun.
    package private(set) var claims: [Key: String] = [:]
    /// Where something was refused, failed or stayed unproved in the newest process, whether or not it was
    /// taken back afterwards.
    package private(set) var failures: Set<Place> = []
    package private(set) var checkpoints: [String] = []
    /// What a person decided not to take back, and why.
    package private(set) var skippedUndos: [Key: String] = [:]
    /// Nodes that the run went on without, or was taken back without, and that took no part in it since.
    package private(set) var leftOut: Set<NodeName> = []
    /// The stage that was reached last.
    package private(set) var stage: String?
    package private(set) var rollback: PendingRollback?
    /// Whether the pending rollback was begun by an earlier process and not taken up again since.
    private var isRollbackLeft = false
    /// Whether the operator asked to take it back, and nothing of it was done since.
    package private(set) var isTakenBack = false
    /// How many processes went on with the run after its first one.
    package private(set) var resumes = 0
    package private(set) var result: RunResult?
    package private(set) var outageSeconds: Double?
    /// Whether the operator agreed to outages of a service that runs, for the whole run: no later process loses it.
    package private(set) var acceptsOutage = false
    /// The steps that gave the cluster a service in this run and were not taken back.
    private var services: Set<Key> = []
    /// Whether this very run brought the service, so that nobody relies on it yet.
    package var bringsService: Bool { !services.isEmpty }
    /// Steps whose outage was agreed to when they were begun, by an answer of its own.
    private var agreed: Set<Key> = []

    /// Whether the operator agreed to the outage of a step that was begun and has no proved end.
    package func isOutageAgreed(_ key: Key) -> Bool {
        agreed.contains(key) && [.intended, .unknown].contains(ledger[key].progress)
    }

    package init() {}

    /// The state after these events.
    package init(_ events: some Sequence<Event>) {
        for event in events { apply(event) }
    }

    /// The fact of an intent whose work brings a service: the word `new`.
    package static let service = "service"

    /// What the facts begin with that hold the hash of a pre-image.
    package static let preImage = "pre-image."

    /// Takes in one more event.
    ///
    /// The same events in the same order always give the same state.
    package mutating func apply(_ event: Event) {
        remember(event)
        if event.outage == true, event.event == .start || event.event == .resume { acceptsOutage = true }
        if event.step != nil, let node = event.node, !leftOut.isEmpty, event.event != .undoSkipped {
            leftOut.remove(node)
        }
        switch event.event {
        case .checkpoint: if let stage = event.stage { checkpoints.append(stage) }
        case .end: end(event.result)
        case .start: result = nil
        case .resume:
            result = nil
            failures = []
            resumes += 1
            // A guard that stands before this process's work says nothing of what an earlier one began.
            isFresh = []
            isRollbackLeft = rollback != nil
        case .stage:
            stage = event.stage
            rollback = nil
            isTakenBack = false
        case .progress: break
        // What this run did stays its own work when a later process finds it done.
        case .unchanged: set(key(event).map { ledger[$0].isTouched } == true ? .applied : .unchanged, event)
        case .skipped: set(.skipped, event)
        case .deferred: set(.deferred, event)
        case .drift: set(.drifted, event)
        case .intent: intend(event)
        case .applied:
            set(.applied, event)
            if let outage = event.facts?["outage_seconds"].flatMap(Double.init) { outageSeconds = outage }
        case .refused:
            // Its guard stood before its work: there is nothing to take back.
            if let key = key(event), isFresh.contains(key) { forget(key) }
            fail(.refused, event)
        case .failed: fail(.failed, event)
        case .unknown: fail(.unknown, event)
        case .undoFailed: fail(.undoFailed, event)
        case .undo:
            if let key = key(event), isHalfDone(key) { halfDone.insert(key) }
            set(.undoing, event)
            count(event)
        case .undone: takeBack(event)
        case .undoSkipped:
            set(.undoSkipped, event)
            if let key = key(event) {
                skippedUndos[key] = event.message ?? ""
                forget(key)
            }
        case .absent: if let node = event.node { leftOut.insert(node) }
        case .rollback:
            result = nil
            rollback = PendingRollback(to: event.to, isAsked: event.asked == true)
            if event.asked == true { isTakenBack = true }
            isRollbackLeft = false
        case .kept:
            // What failed and cannot be taken back is begun again by whoever goes on; it was never done.
            if let key = key(event), ledger[key].progress == .failed { break }
            set(.kept, event)
        }
    }

    /// How many step-and-node pairs stand at one of these.
    package func count(_ wanted: Progress...) -> Int {
        ledger.count { cell in cell.progress.map { wanted.contains($0) } == true }
    }

    /// How often a step was begun on a node or taken back there; the number of the newest intent of both kinds.
    package func attempts(of key: Key) -> Int { Int(ledger[key].attempts) }

    /// Intents that never got an outcome: what a resume must look at first.
    package var open: [Key] { touched.filter { progress[$0] == .intended || progress[$0] == .undoing } }

    /// Steps that nobody has proved to be done or not done: open intents, and what ended as unknown.
    package var unproved: [Key] { touched.filter { progress[$0] == .intended || progress[$0] == .unknown } }

    /// Whether nobody has proved that the step was done, or had been before its undo began: a probe that finds nothing
    /// of it says nothing of the half that may be there.
    package func isHalfDone(_ key: Key) -> Bool {
        halfDone.contains(key) || [.intended, .failed, .unknown].contains(ledger[key].progress)
    }

    /// Whether somebody has to decide what became of the run, whatever its last process wrote as its result: a
    /// rollback that did not come to its end, an intent without one, or work that was done and is not true any more.
    package var isOpen: Bool { rollback != nil || !undecided.isEmpty }

    /// Steps of which only a look at the node tells what became of them: intents and undos without an end, ends that
    /// nobody could prove, and what was done and is not true any more.
    package var undecided: [Key] {
        touched.filter { key in
            switch progress[key] {
            case .intended, .undoing, .unknown, .drifted: true
            default: false
            }
        }
    }

    /// Whether it came beyond its connections, leases and first guards: a step was begun, or a stage reached its end.
    package var hasBegun: Bool { !checkpoints.isEmpty || ledger.count { $0.attempts > 0 } > 0 }

    /// Whether something of the step may still run on the node, its work or its undo: it was begun, and nobody
    /// has proved its end.
    package func mayRun(_ key: Key) -> Bool {
        switch progress[key] {
        case .intended, .unknown, .undoing, .undoFailed: true
        default: false
        }
    }

    /// Whether this run did something about a step on a node that it did not take back.
    package func stands(_ key: Key) -> Bool { ledger[key].isTouched }

    private mutating func end(_ result: RunResult?) {
        self.result = result
        // Stopped in mid-rollback, or failed before it was taken up again, as where a node did not answer:
        // whoever goes on takes the rest back first.
        switch result {
        case .interrupted, .unknown: break
        case .failed, .refused: if !isRollbackLeft { rollback = nil }
        default: rollback = nil
        }
    }

    private mutating func intend(_ event: Event) {
        set(.intended, event)
        count(event)
        guard let key = key(event) else { return }
        if event.facts?[Self.service] == "new" { services.insert(key) }
        if event.outage == true { agreed.insert(key) } else { agreed.remove(key) }
        if ledger[key].isTouched {
            isFresh.remove(key)
        } else {
            ledger.touch(key)
            isFresh.insert(key)
        }
    }

    private mutating func count(_ event: Event) {
        guard let key = key(event) else { return }
        ledger[key].attempts &+= 1
        units[key] = event.facts?["unit"]
        claims[key] = event.facts?["attempt"]
    }

    /// Keeps the first hash of each pre-image: a second one would be of harun's own work.
    private mutating func remember(_ event: Event) {
        guard let key = key(event), ledger[key].isTouched else { return }
        for (name, hash) in event.facts ?? [:] where name.hasPrefix(Self.preImage) {
            let name = String(name.dropFirst(Self.preImage.count))
            if preImages[key]?[name] == nil { preImages[key, default: [:]][name] = hash }
        }
        switch event.event {
        case .applied, .failed, .unknown: isFresh.remove(key)
        default: break
        }
    }

    private mutating func takeBack(_ event: Event) {
        set(.undone, event)
        if let key = key(event) { forget(key) }
    }

    private mutating func forget(_ key: Key) {
        guard ledger[key].isTouched else { return }
        ledger.release(key)
        isFresh.remove(key)
        halfDone.remove(key)
        services.remove(key)
        agreed.remove(key)
        preImages[key] = nil
    }

    private func key(_ event: Event) -> Key? {
        guard let step = event.step, let node = event.node else { return nil }
        return Key(step: step, node: node)
    }

    private mutating func fail(_ value: Progress, _ event: Event) {
        failures.insert(Place(step: event.step, node: event.node))
        // Work that failed was intended before; without an intent it was a look that failed, or a question that
        // nobody answered, and what was done stays done.
        if let key = key(event), let now = ledger[key].progress,
            [.applied, .unchanged, .kept, .drifted].contains(now)
        {
            return
        }
        set(value, event)
    }

    private mutating func set(_ value: Progress, _ event: Event) {
        guard let key = key(event) else { return }
        ledger[key].progress = value
        if mayRun(key) { return }
        units[key] = nil
        claims[key] = nil
    }
}
