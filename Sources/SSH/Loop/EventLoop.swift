import CLibSSH2
import Glibc
import Synchronization
import Transport

/// One epoll thread that is also the serial executor of every session bound to it.
///
/// Place in the flow: `SSHConnector` → ``SSHSession`` (an actor that runs here) → libssh2 → ``Wire``
/// → this loop's readiness. libssh2 is not thread-safe per session and must be called again whenever
/// its socket is ready, so readiness and calls live on one thread: no lock, no hop between the two.
/// See `docs/decisions/0001-own-epoll-loop.md`.
final class EventLoop: SerialExecutor, TaskExecutor, Sendable {
    private enum Work {
        case job(UnownedJob)
        case action(@Sendable () -> Void)
    }

    private let epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
    private let wakeUp = eventfd(0, CInt(EFD_NONBLOCK) | CInt(EFD_CLOEXEC))
    private let inbox = Mutex<[Work]>([])
    private let thread = Atomic<UInt>(0)
    private let time: ManualTime?
    // Safety: these are touched on the loop's thread alone; `checkIsolated` guards every entry.
    private nonisolated(unsafe) var handlers: [CInt: (UInt32) -> Void] = [:]
    private nonisolated(unsafe) var timers = TimerQueue<() -> Void>()
    /// Room for one read, shared by all sessions of the loop: 64 KiB a session would be 128 MiB for 2,000.
    ///
    /// Whoever fills it must empty it before the next `await`.
    // Safety: touched on the loop's thread alone, never across a suspension.
    nonisolated(unsafe) let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)

    /// Starts the thread.
    ///
    /// It runs as long as the process: a loop without sessions costs nothing.
    ///
    /// - Parameter time: a test's own time; nil for the system's.
    init(time: ManualTime? = nil) {
        self.time = time
        precondition(epoll >= 0 && wakeUp >= 0, "no file descriptor left for an event loop")
        var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data(fd: wakeUp))
        epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, &event)
        spawnThread { [self] in run() }
        time?.follow { [self] in perform {} }
    }

    // MARK: Executor

    func enqueue(_ job: consuming ExecutorJob) { add(.job(UnownedJob(job))) }
    func checkIsolated() { precondition(isLoopThread, "not on the event loop") }
    func isIsolatingCurrentContext() -> Bool? { isLoopThread }

    /// Runs `action` on the loop's thread, after what is already queued; callable from any thread.
    func perform(_ action: @escaping @Sendable () -> Void) { add(.action(action)) }

    private var isLoopThread: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }

    private func add(_ work: Work) {
        let isFirst = inbox.withLock { inbox in
            inbox.append(work)
            return inbox.count == 1
        }
        // The loop looks at its inbox before it sleeps, so its own thread needs no wake-up.
        guard isFirst, !isLoopThread else { return }
        var one: UInt64 = 1
        _ = write(wakeUp, &one, MemoryLayout<UInt64>.size)
    }

    /// Runs `body` with every resumption of its task on this loop.
    ///
    /// A continuation resumes its task on the global executor, from where the task has to hop back to its
    /// actor: two changes of thread for every wait. With this loop as the task's executor there are none.
    func host<Value: Sendable>(
        _ body: @Sendable () async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        let result: Result<Value, TransportError> = await withTaskExecutorPreference(self) {
            do throws(TransportError) {
                return .success(try await body())
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Whether the current task has this loop as its executor; whoever waits for news must.
    ///
    /// Any other task is put into the inbox at every call of isolated code, even from isolated code: turns of the loop
    /// lie between a look that found nothing and the wait behind it, and with them the news that it waits for.
    var hostsCurrentTask: Bool { withUnsafeCurrentTask { $0?.unownedTaskExecutor == asUnownedTaskExecutor() } }

    // MARK: Readiness and deadlines, on the loop's thread only

    /// Calls `handler` on every change of a socket's readiness, edge-triggered.
    ///
    /// Edges are enough, and never re-armed, because every operation calls libssh2 before it waits and
    /// libssh2 answers EAGAIN only after the socket ran dry. A level-triggered idle session would spin.
    ///
    /// - Returns: 0, or the errno of a socket that cannot be watched.
    func register(_ descriptor: CInt, _ handler: @escaping (UInt32) -> Void) -> CInt {
        checkIsolated()
        let edgeTriggered: UInt32 = 1 << 31
        let interest = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | edgeTriggered
        var event = epoll_event(events: interest, data: epoll_data(fd: descriptor))
        guard epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 else { return errno }
        handlers[descriptor] = handler
        return 0
    }

    /// Stops watching a socket.
    ///
    /// Must happen before it is closed: the number is reused at once.
    func unregister(_ descriptor: CInt) {
        checkIsolated()
        guard handlers.removeValue(forKey: descriptor) != nil else { return }
        epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// The time that deadlines are measured by.
    var now: ContinuousClock.Instant { time?.now ?? .now }

    /// Runs `action` on the loop once `delay` has passed.
    func schedule(after delay: Duration, _ action: @escaping () -> Void) -> TimerQueue<() -> Void>.ID {
        checkIsolated()
        defer { time?.note(delay) }
        return timers.schedule(action, at: now + delay)
    }

    /// How many sockets are watched and how many deadlines are set: what a session leaves behind, if anything.
    var load: (sockets: Int, deadlines: Int) {
        checkIsolated()
        return (handlers.count, timers.count)
    }

    /// Waits, unless the task is cancelled first; from any thread.
    func sleep(for delay: Duration) async throws(TransportError) {
        let sleeper = Sleeper()
        let isCancelled = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                sleeper.begin(continuation)
                perform { [self] in _ = schedule(after: delay) { sleeper.end(isCancelled: false) } }
            }
        } onCancel: {
            sleeper.end(isCancelled: true)
        }
        if isCancelled { throw .cancelled }
    }

    /// Forgets a scheduled action.
    func cancelTimer(_ id: TimerQueue<() -> Void>.ID) {
        checkIsolated()
        timers.cancel(id)
    }

    // MARK: The thread

    private func run() {
        thread.store(UInt(pthread_self()), ordering: .relaxed)
        // No array: a slice of it, held in the loop below, would make every turn copy the whole.
        let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 1024)
        while true {
            let count = epoll_wait(epoll, events.baseAddress, CInt(events.count), patience())
            let looked = now
            for event in events.prefix(Int(max(0, count))) {
                if event.data.fd == wakeUp {
                    var value: UInt64 = 0
                    _ = read(wakeUp, &value, MemoryLayout<UInt64>.size)
                } else {
                    handlers[event.data.fd]?(event.events)
                }
            }
            runInbox()
            runTimers(dueAt: looked)
        }
    }

    private func runInbox() {
        let batch = inbox.withLock { inbox in
            let batch = inbox
            inbox.removeAll(keepingCapacity: batch.count < 4096)
            return batch
        }
        for work in batch {
            switch work {
            case .job(let job):
                job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            case .action(let action): action()
            }
        }
    }

    /// Does what was due when the sockets were looked at, after everything that they had to say.
    ///
    /// An answer that is there already must not be called late because this loop was.
    private func runTimers(dueAt looked: ContinuousClock.Instant) {
        while let action = timers.popDue(looked) { action() }
    }

    /// Milliseconds that epoll may sleep: none with work waiting, for ever without a deadline.
    private func patience() -> CInt {
        guard inbox.withLock({ $0.isEmpty }) else { return 0 }
        guard let due = timers.nextDue else { return -1 }
        let left = due - now
        guard left > .zero else { return 0 }
        // Time that only a test advances wakes the loop by itself.
        guard time == nil else { return -1 }
        return CInt(clamping: left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1)
    }
}
