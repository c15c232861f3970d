import CLibSSH2
import Glibc
import Logging
import Transport

/// One SSH connection, confined to its loop.
///
/// libssh2 is used here as an engine without I/O: callbacks move bytes, EAGAIN means "more input needed",
/// and any input wakes every waiting operation, because a call reads the socket dry for all channels and
/// may have taken another one's bytes (libssh2 fact 4).
actor SSHSession {
    /// The answer of one libssh2 call.
    enum Step<Value> {
        case done(Value)
        case wouldBlock
        case failed(CInt)
    }

    nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    nonisolated let address: String
    nonisolated let deadlines: Deadlines
    nonisolated let log: Logger

    var handle: SessionHandle?
    /// Turns at the calls whose state libssh2 keeps once per session (fact 5).
    var lane = TurnQueue()
    /// The server refused to start its SFTP subsystem.
    var lacksSFTP = false
    var channels = ChannelTable()
    var liveness = Liveness()
    /// A ping's place in the lane; operations count from 1.
    let pingID: UInt64 = 0
    /// An open that holds the lane and that nobody waits for.
    var abandonedOpen: AbandonedOpen?
    /// What gives its loop back, where nobody shares that; called once, at the end.
    private var onEnd: (@Sendable () -> Void)?
    private(set) var operations: [UInt64: SSHOperation] = [:]
    private var waiters: [SSHOperation] = []
    private var lastOperation: UInt64 = 0
    private var isLookDue = false

    /// Takes over what carries its bytes.
    init(
        loop: EventLoop, carrier: any Carrier, address: String, deadlines: Deadlines, faults: WireFaults,
        log: Logger = .off
    ) {
        self.log = log
        self.loop = loop
        self.address = address
        self.deadlines = deadlines
        handle = SessionHandle(wire: Wire(carrier: carrier, faults: faults))
    }

    /// Calls `action` once the session is over, at once if it is.
    func whenOver(_ action: @escaping @Sendable () -> Void) {
        if handle == nil { action() } else { onEnd = action }
    }

    /// Whether nothing has ended the session yet.
    var isOpen: Bool { handle.map { $0.wire.failure == nil } ?? false }

    /// Says goodbye, makes every operation under way fail, and frees the session.
    ///
    /// Never waits for the server: see ``Wire/poison(_:)``.
    func close() {
        guard let handle else { return }
        if handle.wire.failure == nil {
            libssh2_session_disconnect_ex(handle.raw, SSH_DISCONNECT_BY_APPLICATION, "", "")
            handle.wire.flush()
        }
        tearDown("closed")
    }

    /// Ends the session without a word, for a reason that the operations under way will report.
    func tearDown(_ reason: String) {
        guard let handle else { return }
        log.log(level: reason == "closed" ? .debug : .info, "the connection is over: \(handle.wire.failure ?? reason)")
        handle.wire.poison(reason)
        handle.wire.carrier.unwatch()
        stopLiveness()
        if let cut = channels.cut { loop.cancelTimer(cut) }
        channels = ChannelTable(active: channels.active, queue: channels.queue)
        self.handle = nil
        resumeWaiters()
        onEnd?()
        onEnd = nil
        // The sessions behind this one learn of it a moment later, when none of them is in the middle of a call.
        if !handle.tunnels.isEmpty {
            _ = loop.schedule(after: .zero) { for tunnel in handle.tunnels { tunnel.poke() } }
        }
    }

    // MARK: Operations

    /// Runs `body` as an operation with a deadline, ended early when the caller's task is cancelled.
    ///
    /// `body` runs on this actor, hosted by its loop; it must not hold an invariant of the session across its waits.
    func perform<Value>(
        _ phase: String, within limit: Duration, _ body: (SSHOperation) async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        let operation = try begin(phase, within: limit)
        defer { end(operation) }
        let id = operation.id
        let result: Result<Value, TransportError> = await withTaskExecutorPreference(loop) {
            await withTaskCancellationHandler {
                do throws(TransportError) {
                    return .success(try await body(operation))
                } catch {
                    return .failure(error)
                }
            } onCancel: {
                loop.perform { [self] in assumeIsolated { $0.interrupt(id, .cancelled) } }
            }
        }
        return try result.get()
    }

    /// Starts an operation with its deadline; the caller owes an ``end(_:)``.
    func begin(_ phase: String, within limit: Duration) throws(TransportError) -> SSHOperation {
        guard let handle else { throw .connectionLost(during: "open", reason: "the connection is closed") }
        lastOperation += 1
        let id = lastOperation
        let operation = SSHOperation(id: id, phase: phase, limit: limit, handle: handle)
        operations[id] = operation
        startDeadline(id)
        return operation
    }

    /// Gives an operation its whole time, again where a person used it up.
    func startDeadline(_ id: UInt64) {
        stopDeadline(id)
        guard let operation = operations[id] else { return }
        let (phase, limit) = (operation.phase, operation.limit)
        operation.timer = loop.schedule(after: limit) { [weak self] in
            self?.assumeIsolated { $0.interrupt(id, .timedOut(phase: phase, after: limit)) }
        }
    }

    /// Stops the clock of an operation that waits for a person.
    func stopDeadline(_ id: UInt64) {
        guard let timer = operations[id]?.timer else { return }
        loop.cancelTimer(timer)
        operations[id]?.timer = nil
    }

    /// Forgets an operation and its deadline.
    func end(_ operation: SSHOperation) {
        operations[operation.id] = nil
        if let timer = operation.timer { loop.cancelTimer(timer) }
    }

    /// Makes an operation throw `ending` at its next wait; the first reason holds.
    func interrupt(_ id: UInt64, _ ending: TransportError) {
        guard let operation = operations[id] else { return }
        if operation.ending == nil { operation.ending = ending }
        if let part = operation.part { hasten(part, to: deadlines.kill) }
        waiters.removeAll { $0 === operation }
        operation.resume()
    }

    /// Gives a part that nobody waits for any more less time than it had.
    private func hasten(_ part: SSHOperation, to limit: Duration) {
        guard limit < part.limit else { return }
        if let timer = part.timer { loop.cancelTimer(timer) }
        let id = part.id
        let ending = TransportError.timedOut(phase: part.phase, after: limit)
        part.timer = loop.schedule(after: limit) { [weak self] in
            self?.assumeIsolated { $0.interrupt(id, ending) }
        }
    }

    // MARK: Waiting

    /// Repeats one libssh2 call until it stops answering EAGAIN.
    ///
    /// - Throws: only what ended the operation early; a failed call is a value, since its meaning depends
    ///   on the call.
    func drive<Value>(
        _ operation: SSHOperation, _ step: () -> Step<Value>
    ) async throws(TransportError) -> Result<Value, LibSSH2Failure> {
        while true {
            let result = takeStep(operation, step)
            switch result {
            case .done(let value): return .success(value)
            case .failed(let code): return .failure(operation.handle.failure(code))
            case .wouldBlock: try await wait(operation)
            }
        }
    }

    /// ``drive(_:_:)`` for the calls that answer a plain code.
    func drive(
        _ operation: SSHOperation, _ call: () -> CInt
    ) async throws(TransportError) -> Result<CInt, LibSSH2Failure> {
        try await drive(operation) { () -> Step<CInt> in
            let code = call()
            if code == LIBSSH2_ERROR_EAGAIN { return .wouldBlock }
            return code < 0 ? .failed(code) : .done(code)
        }
    }

    /// One libssh2 call; the bytes it took may be another operation's, so all others look again.
    private func takeStep<Value>(_ operation: SSHOperation, _ call: () -> Step<Value>) -> Step<Value> {
        let before = operation.handle.wire.bytesIn
        let result = call()
        if operation.handle.wire.bytesIn != before { inputMoved() }
        return result
    }

    /// Waits for input, a drained backlog, a free lane or slot, or the end of the operation.
    func wait(_ operation: SSHOperation) async throws(TransportError) {
        assert(loop.hostsCurrentTask, "what the caller saw may be out of date")
        try checkGoesOn(operation)
        takeOwedTurn()
        await withCheckedContinuation { continuation in
            operation.suspend(continuation)
            waiters.append(operation)
        }
        try checkGoesOn(operation)
    }

    /// Looks again, after everybody who is due, where the wire holds more than the kernel will report.
    func takeOwedTurn() {
        guard let wire = handle?.wire, wire.takeOwedTurn() else { return }
        loop.perform { [weak self] in
            self?.assumeIsolated { session in
                session.handle?.wire.admitEnd()
                session.ready(0)
            }
        }
    }

    /// Throws what ends an operation early, the loss of the connection included.
    func checkGoesOn(_ operation: SSHOperation) throws(TransportError) {
        if let ending = operation.ending { throw ending }
        guard handle != nil else {
            throw .connectionLost(during: operation.phase, reason: operation.handle.wire.failure ?? "closed")
        }
    }

    /// Lets every waiting operation look again, and the sessions behind this one too.
    func wakeAll() {
        resumeWaiters()
        if let handle, !handle.tunnels.isEmpty { lookAtTunnels(handle) }
    }

    /// Lets every waiting operation look again, in the order in which they began to wait.
    func resumeWaiters() {
        guard !waiters.isEmpty else { return }
        let batch = waiters
        waiters.removeAll(keepingCapacity: true)
        for operation in batch { operation.resume() }
    }

    /// Lets everybody look again after a call that took bytes, perhaps somebody else's.
    ///
    /// A ping and a channel that closes wait as well, but nobody's task waits for them.
    func inputMoved() {
        wakeAll()
        guard liveness.isPinging || !channels.closing.isEmpty, !isLookDue else { return }
        isLookDue = true
        loop.perform { [weak self] in
            self?.assumeIsolated { session in
                session.isLookDue = false
                session.reapChannels()
                session.stepPing()
            }
        }
    }

    /// Begins a turn: news from the kernel, or a turn that the wire owes.
    ///
    /// Here alone does the wire get its share of the loop anew. Whoever finds it used up waits, every wait takes the
    /// owed turn, and that comes here: no call of libssh2 has to think of it.
    func ready(_ events: UInt32) {
        guard let handle else { return }
        handle.wire.beginTurn()
        handle.wire.flush()
        if events & EPOLLIN.rawValue != 0 { liveness.sawInput = true }
        let isOver = events & (EPOLLHUP.rawValue | EPOLLERR.rawValue | EPOLLRDHUP.rawValue) != 0
        let isIdle = waiters.isEmpty
        wakeAll()
        reapChannels()
        stepPing()
        stepAbandonedOpen()
        if !handle.tunnels.isEmpty {
            serveTunnels()
        } else if isIdle, isOver, operations.isEmpty {
            // Nobody would notice until the next command.
            ping()
        } else if isIdle, events & EPOLLIN.rawValue != 0 {
            readSoon()
        }
        takeOwedTurn()
    }
}
