import CLibSSH2
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

    init(count: Int = min(max(sysconf(CInt(_SC_NPROCESSORS_ONLN)), 1), 4), time: ManualTime? = nil) {
        Self.prepareProcess()
        loops = (0..<count).map { _ in EventLoop(time: time) }
    }

    /// Lets the process open as many sockets as the system allows, and keep memory between sessions.
    ///
    /// A session allocates and frees some hundred kilobytes; by default every one of them would take pages
    /// from the kernel and give them back.
    private static func prepareProcess() {
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        harun_keep_freed_memory(4 << 20)
    }

    /// Everything that sessions hold on these loops, all of which have done what was asked before.
    func load() async -> (sockets: Int, deadlines: Int) {
        var sum = (sockets: 0, deadlines: 0)
        for loop in loops {
            let load = await withCheckedContinuation { continuation in
                loop.perform { continuation.resume(returning: loop.load) }
            }
            sum = (sum.sockets + load.sockets, sum.deadlines + load.deadlines)
        }
        return sum
    }

    /// Loops for one session at a time that nobody has now: a thread that waits costs little, one more for every login
    /// a lot.
    private static let spare = Mutex<[EventLoop]>([])

    /// A loop that no other session shares; whoever takes it gives it back.
    static func takeOwn() -> EventLoop { spare.withLock { $0.popLast() } ?? EventLoop() }

    /// Takes back a loop whose session is over.
    static func giveBack(_ loop: EventLoop) { spare.withLock { $0.append(loop) } }

    /// The loop of the next session.
    func next() -> EventLoop {
        loops[dealt.wrappingAdd(1, ordering: .relaxed).oldValue % loops.count]
    }
}
