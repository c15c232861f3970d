import Steps
import Synchronization

/// What the probing thread has seen so far; read by the procedure at any time.
final class SocketWatch: OutsideWatch {
    private let began = ContinuousClock.now
    private let state: Mutex<State>

    private struct State {
        var timelines: [OutsideTimeline]
        var isStopped = false
    }

    init(_ targets: [OutsideTarget]) { state = Mutex(State(timelines: targets.map { OutsideTimeline(target: $0) })) }

    var elapsed: Duration { ContinuousClock.now - began }
    var timelines: [OutsideTimeline] { state.withLock(\.timelines) }
    var isStopped: Bool { state.withLock(\.isStopped) }

    func stop() { state.withLock { $0.isStopped = true } }

    /// Notes what came of a question; answers come in any order, the timeline is in the order of asking.
    func note(_ isAnswered: Bool, target: Int, asked: Duration) {
        state.withLock { state in
            var samples = state.timelines[target].samples
            let place = samples.lastIndex { $0.asked <= asked }.map { $0 + 1 } ?? 0
            samples.insert(OutsideTimeline.Sample(asked: asked, isAnswered: isAnswered), at: place)
            state.timelines[target].samples = samples
        }
    }
}
