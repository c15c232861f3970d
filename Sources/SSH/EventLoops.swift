import Glibc
import Synchronization

/// The loops of this process, dealt to sessions in turn.
///
/// A session costs a loop about a millisecond of CPU, nearly all of it cryptography, so more loops than
/// cores gain nothing; four are enough for the two thousand nodes harun is built for.
final class EventLoops: Sendable {
    /// The loops everybody uses; started at the first connection.
    static let shared = EventLoops()

    private let loops: [EventLoop]
    private let dealt = Atomic<Int>(0)

    init(count: Int = min(max(sysconf(CInt(_SC_NPROCESSORS_ONLN)), 1), 4)) {
        loops = (0..<count).map { _ in EventLoop() }
    }

    /// The loop of the next session.
    func next() -> EventLoop {
        loops[dealt.wrappingAdd(1, ordering: .relaxed).oldValue % loops.count]
    }
}
