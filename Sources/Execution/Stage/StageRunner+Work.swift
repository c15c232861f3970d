import Journaling
import Planning
import Steps
import Transport

/// From the intent of a step to its proved end.
extension StageRunner {
    /// Intent, work, verification and outcome of a step on nodes that need it.
    ///
    /// Where the connection was lost, and the node then proves that the step is not done, it is begun once more if
    /// it may be repeated or had never begun: under a new intent, and with nothing of the first attempt running.
    func work(
        _ step: PlannedStep, on targets: [NodeName], _ found: [NodeName: Observation], why: [NodeName: String],
        isSecondTry: Bool = false
    ) async throws(JournalError) {
        let scripts = targets.reduce(into: [NodeName: Script]()) { $0[$1] = step.action.apply($1, found) }
        var intents: [Event] = []
        for node in targets {
            var event = recorder.event(.intent, step: step.id, node: node)
            event.message = why[node]
            await runner.announce(scripts[node], in: &event)
            if agreed.contains(step.id) { event.outage = true }
            if step.action.bringsService(found) {
                event.facts = (event.facts ?? [:]).merging([RunState.service: "new"]) { $1 }
            }
            intents.append(event)
        }
        try await recorder.record(intents)
        begun.formUnion(targets.map { RunState.Key(step: step.id, node: $0) })
        let seers = step.action.scope == .fleet ? nodes : targets
        for node in seers { observations[node] = [:] }
        let began = ContinuousClock.now
        var attempts: [NodeName: Attempt] = [:]
        var figures: [String: String] = [:]
        if let procedure = step.action as? any Procedure {
            do throws(StepFailure) {
                for node in targets { figures = try await context.perform(procedure, step: step.id, on: node, found) }
            } catch {
                return try await record([error], began)
            }
        } else {
            attempts = await runner.apply(step, scripts)
        }
        // Cut in mid-step: the intents stay open, and whoever goes on looks at the nodes.
        if Task.isCancelled, !attempts.values.allSatisfy(\.isDone) { return }
        var (failures, isLeftOpen) = await failures(of: attempts, step, scripts)
        // Asked to stop while a node was away: the same, and the command goes on there.
        if failures.isEmpty, isLeftOpen { return }
        if failures.isEmpty { failures = await verify(step, on: seers, attempts, scripts) }
        if !isSecondTry, !isStopping, mayBeginAgain(step, targets, seenBy: seers, failures) {
            let found = known(step, on: seers)
            for node in targets { recorder.progress("not done: beginning it again", step: step.id, node: node) }
            return try await work(step, on: targets, found, why: why, isSecondTry: true)
        }
        for index in failures.indices {
            failures[index].preImages = failures[index].node.map { preImages(step, $0, attempts[$0]) } ?? [:]
        }
        if !failures.isEmpty {
            try await record(failures, began)
            return try await close(step, targets.filter { node in !failures.contains { $0.node == node } }, failures)
        }
        try await recorder.record(
            targets.map { node in
                var event = recorder.event(.applied, step: step.id, node: node)
                event.message = why[node]
                event.output = attempts[node]?.output
                event.facts = (observations[node]?[step.id]?.facts.forJournal ?? [:]).merging(figures) { $1 }
                    .merging(preImages(step, node, attempts[node]).asFacts) { $1 }
                event.seconds = began.secondsSince
                return event
            })
    }

    /// What an attempt told of its pre-images, or its node where the attempt could not.
    private func preImages(_ step: PlannedStep, _ node: NodeName, _ attempt: Attempt?) -> [String: String] {
        let asked = closed[RunState.Key(step: step.id, node: node)]?.preImages ?? [:]
        return (attempt?.preImages ?? [:]).merging(asked) { told, _ in told }
    }

    /// The outcome of a step on nodes that did their part, or had none, where the step failed on others.
    private func close(
        _ step: PlannedStep, _ nodes: [NodeName], _ failures: [StepFailure]
    ) async throws(JournalError) {
        if Task.isCancelled { return }
        let others = Set(failures.compactMap(\.node)).sorted().map(\.text).joined(separator: ", ")
        try await recorder.record(
            nodes.map { node in
                var event = recorder.event(.failed, step: step.id, node: node)
                event.message = "nothing went wrong on this node; the step failed on \(others)"
                return event
            })
    }

    /// What failed for certain; a lost script is among it only where nobody can look at its node.
    ///
    /// - Returns: also whether anything is left to whoever goes on, since the run was asked to stop while its node
    ///   did not answer.
    private func failures(
        of attempts: [NodeName: Attempt], _ step: PlannedStep, _ scripts: [NodeName: Script]
    ) async -> (failures: [StepFailure], isLeftOpen: Bool) {
        var failures: [StepFailure] = []
        var isLeftOpen = false
        for case .failed(let failure) in attempts.values { failures.append(failure) }
        for (node, attempt) in attempts {
            var failure: StepFailure
            switch attempt {
            case .done, .failed: continue
            case .lost(let why, let output):
                recorder.progress("\(why); looking at the node", step: step.id, node: node)
                if failures.isEmpty, let found = await runner.onceQuiet(node, in: step.id) {
                    closed[RunState.Key(step: step.id, node: node)] = found
                    if found.fate == .late { failures.append(.late(step.id, node, after: found.limit)) }
                    continue
                }
                failure = unproved(step, node, "\(why), and the node could not be looked at", scripts, output)
            case .away(let cause):
                failure = unproved(step, node, cause.message, scripts, nil)
                failure.transport = cause.transport
            }
            if interruption.isRequested {
                isLeftOpen = true
            } else {
                failures.append(failure)
            }
        }
        return (failures, isLeftOpen)
    }

    /// Whether a step whose only attempt was lost may be begun once more: its node proves that it is not done.
    private func mayBeginAgain(
        _ step: PlannedStep, _ targets: [NodeName], seenBy seers: [NodeName], _ failures: [StepFailure]
    ) -> Bool {
        guard targets.count == 1, !failures.isEmpty, failures.allSatisfy(\.isDisproof) else { return false }
        return step.action.stepClass.isRepeatable || isProvedAbsent(step, targets, known(step, on: seers))
    }

    /// Whether nothing of the step's newest attempts has happened, by the same rule as for a run that is resumed.
    ///
    /// They had not begun, or the probe is declared to prove it where it says that there is something to do.
    private func isProvedAbsent(
        _ step: PlannedStep, _ targets: [NodeName], _ found: [NodeName: Observation]
    ) -> Bool {
        step.action.neededIsProof(found)
            || targets.allSatisfy { closed[RunState.Key(step: step.id, node: $0)]?.fate == .never }
    }

    /// Asks the probes whether the work is done; what they do not prove is a failure.
    private func verify(
        _ step: PlannedStep, on seers: [NodeName], _ attempts: [NodeName: Attempt], _ scripts: [NodeName: Script]
    ) async -> [StepFailure] {
        if step.action.scope == .node {
            for case (let node, .done(let observation?, _, _)) in attempts {
                observations[node] = [step.id: observation]
            }
        } else if let failure = await settle(step) {
            return [failure]
        }
        var failures = await refresh(step, on: seers).map { failure in
            unproved(step, failure.node, "its verification: \(failure.message)", scripts, nil)
        }
        if !failures.isEmpty { return failures }
        let seen = known(step, on: seers)
        let lost = attempts.values.compactMap { if case .lost(let why, _) = $0 { why } else { nil } }.first
        let verdicts = step.action.judge(seen)
        for node in seers where verdicts[node] != .satisfied {
            let reason = verdicts[node]?.reason ?? "the action gave no verdict"
            let output = attempts[node]?.output
            if let lost {
                let message = "\(lost), and the node does not prove that the step is done: \(reason)"
                var failure = unproved(step, node, message, scripts, output)
                if case .needed? = verdicts[node] {
                    failure.isDisproof = true
                    if step.action.neededIsProof(seen) { failure.kind = .failed }
                }
                failures.append(failure)
            } else if seen[node]?.code == nil {
                failures.append(unproved(step, node, "its verification: \(reason)", scripts, output))
            } else {
                failures.append(
                    StepFailure(
                        .failed, step: step.id, node: node,
                        message: "the step ran, but its verification says: \(reason)", script: scripts[node]?.text,
                        output: output))
            }
        }
        return failures
    }

    /// A failure after which nobody knows what the node looks like, unless the step changes nothing anyway.
    private func unproved(
        _ step: PlannedStep, _ node: NodeName?, _ message: String, _ scripts: [NodeName: Script], _ output: String?
    ) -> StepFailure {
        StepFailure(
            step.action.stepClass == .pure ? .failed : .unknown, step: step.id, node: node, message: message,
            script: node.flatMap { scripts[$0]?.text }, output: output)
    }

    /// Has every node take note of what others did.
    func settle(_ step: PlannedStep) async -> StepFailure? {
        for node in nodes {
            guard let script = step.action.settle(node) else { continue }
            do throws(StepFailure) {
                _ = try await runner.run(script, on: node, step: step.id)
            } catch {
                return unproved(step, node, error.message, [:], nil)
            }
        }
        return nil
    }
}
