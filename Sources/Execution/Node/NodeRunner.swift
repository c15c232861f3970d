import Foundation
import Journaling
import Planning
import Steps
import Transport

/// Runs the scripts of steps on nodes and says what came of them.
struct NodeRunner: Sendable {
    let connections: Connections
    let recorder: Recorder
    /// Whatever writes looks first whether it is still this process's; nil where nobody else can come in between.
    var lease: Lease?
    var patience = Patience()
    /// The operator's wish to stop, which ends the wait for a node that does not answer.
    var interruption = Interruption()
    /// Nodes that the operator leaves out, since they do not answer: nothing is asked of them.
    var absent: Set<NodeName> = []
    /// Asks from this machine what steps want to know of their nodes from outside.
    var prober: any OutsideProber = NoProber()

    /// Where a step keeps what it needs to take itself back, on the node.
    func stateFolder(_ step: StepID) -> String { "/var/lib/harun/runs/\(recorder.run)/\(step.stage).\(step.step)" }

    /// Asks these nodes at once, each for its own steps.
    ///
    /// - Parameter limit: for a look that must not hold anything up: nothing is asked again then.
    func probe(
        _ questions: [NodeName: [PlannedStep]], within limit: Duration? = nil
    ) async -> [NodeName: Result<[Observation], StepFailure>] {
        async let outside = askOutside(questions)
        let nodes = Array(questions.keys)
        let found = await nodes.gatherResults { (node: NodeName) async throws(StepFailure) in
            try await probe(questions[node] ?? [], on: node, within: limit)
        }
        var answers = Dictionary(zip(nodes, found)) { first, _ in first }
        note(await outside, in: &answers, to: questions)
        return answers
    }

    /// Probes several steps on one node in one round trip.
    ///
    /// A probe changes nothing, so one that was lost is asked again, once and over a new connection.
    private func probe(
        _ steps: [PlannedStep], on node: NodeName, within limit: Duration?
    ) async throws(StepFailure) -> [Observation] {
        let batch = BatchProbe(
            steps.map { $0.action.probe(node) }, folders: steps.map { stateFolder($0.id) }, mark: Self.mark())
        if let limit { return try await ask(batch, on: node, step: steps.first?.id, within: limit).observations }
        do throws(StepFailure) {
            let (result, observations) = try await ask(batch, on: node, step: steps.first?.id)
            if result.outcome != .unknown { return observations }
        } catch {
            switch error.transport {
            case .connectionLost?, .timedOut?, .mayStillRun?: break
            default: throw error
            }
        }
        return try await ask(batch, on: node, step: steps.first?.id).observations
    }

    private func ask(
        _ batch: BatchProbe, on node: NodeName, step: StepID?, within limit: Duration? = nil
    ) async throws(StepFailure) -> (result: CommandResult, observations: [Observation]) {
        var command = batch.command
        if let limit { command.timeout = limit }
        let began = Date.now.timeIntervalSince1970
        let result = try await run(command, on: node, step: step)
        let ended = max(began, Date.now.timeIntervalSince1970)
        let observations = batch.observations(from: result).map { observation in
            var observation = observation
            observation.asked = began...ended
            return observation
        }
        return (result, observations)
    }

    /// Runs a step's script with its probe behind it.
    ///
    /// What may be repeated and is proved not to have begun is tried once more, over a new connection.
    private func apply(_ step: PlannedStep, _ script: Script, on node: NodeName) async -> Attempt {
        var isLast = !step.action.stepClass.isRepeatable
        while true {
            do throws(StepFailure) {
                let applied = try await runAndProbe(step, script, on: node)
                return Attempt(applied, of: step.id, on: node, script: script)
            } catch {
                if error.isAway { return .away(error) }
                if error.transport?.mayHaveBegun == true { return .lost(why: error.message, output: "") }
                if isLast || error.transport == nil || Task.isCancelled { return .failed(error) }
                isLast = true
            }
        }
    }

    /// Runs a step's scripts at once, each with its probe behind it.
    func apply(_ step: PlannedStep, _ scripts: [NodeName: Script]) async -> [NodeName: Attempt] {
        let attempts = await scripts.gather { await apply(step, $0.value, on: $0.key) }
        return Dictionary(zip(scripts.keys, attempts)) { first, _ in first }
    }

    /// Runs a script of a step and, in the same round trip, its probe.
    ///
    /// Nothing is begun where the step's folder cannot be made: what a script saves there is what it is
    /// taken back with. A long script is followed to its end over as many connections as that takes.
    ///
    /// - Parameter preImages: where it is taken back, the journaled hashes of what is put back.
    func runAndProbe(
        _ step: PlannedStep, _ script: Script, on node: NodeName, takingBack preImages: [String: String]? = nil
    ) async throws(StepFailure) -> Applied {
        if script.isLong { return try await follow(step, script, on: node, takingBack: preImages) }
        let isRepeatable = preImages == nil ? step.action.stepClass.isRepeatable : step.action.isUndoRepeatable
        let claim = await claim(of: step.id, on: node)
        let mark = Self.mark()
        let work = TimeLimit.work(
            script.text, within: script.timeout, note: claim?.late,
            ended: "printf '\\n@%s late %s\\n' \(mark) \(TimeLimit.seconds(script.timeout))",
            stuck: "printf '\\n@%s lost %s\\n' \(mark) \"its time was over, and some of it could not be ended:$left\"")
        let begin = claim?.begin(isDurable: !isRepeatable) ?? ""
        let frame = WorkFrame(
            guarded("\(begin)\n\(work)", of: step.id, within: script.timeout, takingBack: preImages),
            probe: step.action.probe(node), mark: mark)
        let command = frame.command(input: script.input, timeout: script.timeout)
        return frame.applied(try await run(command, on: node, step: step.id))
    }

    /// Runs a script outside of any frame, with the prelude and the step's folder.
    func run(_ script: Script, on node: NodeName, step: StepID) async throws(StepFailure) -> CommandResult {
        let text = "\(ScriptPrelude.text)\n\(leaseCheck(script.timeout))\n\(stateWords(step))\n\(script.text)"
        return try await run(Command(text, input: script.input, timeout: script.timeout), on: node, step: step)
    }

    /// Runs a command as it is, and shows the last line of what it prints for people as progress.
    func run(_ command: Command, on node: NodeName, step: StepID?) async throws(StepFailure) -> CommandResult {
        do throws(TransportError) {
            let recorder = recorder
            let lines = ProgressLines()
            var command = command
            if let step, case .other = command.purpose { command.purpose = .step(step.step, stage: step.stage) }
            let connection = try await connections.connection(to: node)
            let result = try await connection.run(command) { chunk in
                if let line = lines.last(in: chunk) { recorder.progress(line, step: step, node: node) }
            }
            if result.outcome == .unknown { await connections.drop(node) }
            return result
        } catch {
            await connections.drop(node)
            throw StepFailure(.failed, step: step, node: node, message: error.description, transport: error)
        }
    }

    /// Random characters for a frame.
    static func mark() -> String { String(UInt64.random(in: .min ... .max), radix: 36) }
}
