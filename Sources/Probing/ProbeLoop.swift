import Glibc
import Steps

/// Asks every target again and again on one thread until the watch is stopped.
struct ProbeLoop: @unchecked Sendable {
    // Safety: made in one task and handed to one thread, which alone uses the askers from then on.
    let askers: [any Asker]
    let watch: SocketWatch
    let pause: Duration
    let patience: Duration

    func run() {
        var next = watch.elapsed
        while !watch.isStopped {
            let now = watch.elapsed
            if now >= next {
                for asker in askers { asker.ask(at: now) }
                // A machine that slept must not ask a thousand times at once.
                next = max(next + pause, now)
            }
            collect(now: now)
            wait(until: min(next, now + .milliseconds(100)))
        }
        for asker in askers { asker.close() }
    }

    private func collect(now: Duration) {
        for (index, asker) in askers.enumerated() {
            for (asked, isAnswered) in asker.collect(now: now, patience: patience) {
                watch.note(isAnswered, target: index, asked: asked)
            }
        }
    }

    private func wait(until moment: Duration) {
        var polls = askers.flatMap(\.polls)
        let rest = moment - watch.elapsed
        let milliseconds = rest.components.seconds * 1000 + rest.components.attoseconds / 1_000_000_000_000_000
        _ = poll(&polls, nfds_t(polls.count), Int32(max(1, milliseconds)))
    }
}

/// Asks one target; never blocks.
protocol Asker: AnyObject {
    /// Sends another question.
    func ask(at moment: Duration)
    /// The questions that came to an end since the last call, with the moment they were asked.
    func collect(now: Duration, patience: Duration) -> [(asked: Duration, isAnswered: Bool)]
    /// What to wait for.
    var polls: [pollfd] { get }
    func close()
}
