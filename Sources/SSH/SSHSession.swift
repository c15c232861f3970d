import CLibSSH2
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

    var handle: SessionHandle?
    /// Somebody is inside a call whose state libssh2 keeps once per session (fact 5).
    var laneIsBusy = false
    /// The server refused to start its SFTP subsystem.
    var lacksSFTP = false
    var channels = ChannelTable()
    var liveness = Liveness()
    private var operations: [UInt64: SSHOperation] = [:]
    private var waiters: [SSHOperation] = []
    private var lastOperation: UInt64 = 0

    /// Takes over a connected non-blocking socket.
    init(loop: EventLoop, descriptor: CInt, address: String, deadlines: Deadlines, faults: WireFaults) {
        self.loop = loop
        self.address = address
        self.deadlines = deadlines
        handle = SessionHandle(wire: Wire(descriptor: descriptor, faults: faults))
    }

    /// Watches the socket; once, before anything else.
    func start() {
        guard let handle else { return }
        loop.register(handle.wire.descriptor) { [self] events in
            assumeIsolated { $0.ready(events) }
        }
    }

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
        handle.wire.poison(reason)
        loop.unregister(handle.wire.descriptor)
        stopLiveness()
        self.handle = nil
        wakeAll()
    }

    // MARK: Operations

    /// Runs `body` as an operation with a deadline, ended early when the caller's task is cancelled.
    ///
    /// `body` runs on this actor; it must not hold an invariant of the session across its waits.
    func perform<Value>(
        _ phase: String, within limit: Duration, _ body: (SSHOperation) async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        let operation = try begin(phase, within: limit)
        defer { end(operation) }
        let id = operation.id
        let result: Result<Value, TransportError> = await withTaskCancellationHandler {
            do throws(TransportError) {
                return .success(try await body(operation))
            } catch {
                return .failure(error)
            }
        } onCancel: {
            loop.perform { [self] in assumeIsolated { $0.interrupt(id, .cancelled) } }
        }
        return try result.get()
    }

    /// Starts an operation with its deadline; the caller owes an ``end(_:)``.
    func begin(_ phase: String, within limit: Duration) throws(TransportError) -> SSHOperation {
        guard let handle else { throw .connectionLost(during: phase, reason: "the connection is closed") }
        lastOperation += 1
        let id = lastOperation
        let operation = SSHOperation(id: id, phase: phase, limit: limit, handle: handle)
        operations[id] = operation
        operation.timer = loop.schedule(after: limit) { [weak self] in
            self?.assumeIsolated { $0.interrupt(id, .timedOut(phase: phase, after: limit)) }
        }
        return operation
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
        waiters.removeAll { $0 === operation }
        operation.resume()
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
        if operation.handle.wire.bytesIn != before { wakeAll() }
        return result
    }

    /// Waits for input, a drained backlog, a free lane or slot, or the end of the operation.
    func wait(_ operation: SSHOperation) async throws(TransportError) {
        try checkGoesOn(operation)
        await withCheckedContinuation { continuation in
            operation.suspend(continuation)
            waiters.append(operation)
        }
        try checkGoesOn(operation)
    }

    private func checkGoesOn(_ operation: SSHOperation) throws(TransportError) {
        if let ending = operation.ending { throw ending }
        guard handle != nil else {
            throw .connectionLost(during: operation.phase, reason: operation.handle.wire.failure ?? "closed")
        }
    }

    /// Lets every waiting operation look again, in the order in which they began to wait.
    func wakeAll() {
        guard !waiters.isEmpty else { return }
        let batch = waiters
        waiters.removeAll(keepingCapacity: true)
        for operation in batch { operation.resume() }
    }

    /// Runs `body` alone among the calls whose state libssh2 keeps per session.
    func exclusively<Value>(
        _ operation: SSHOperation, _ body: () async throws(TransportError) -> Value
    ) async throws(TransportError) -> Value {
        while laneIsBusy { try await wait(operation) }
        laneIsBusy = true
        defer {
            laneIsBusy = false
            wakeAll()
        }
        return try await body()
    }

    private func ready(_ events: UInt32) {
        guard let handle else { return }
        handle.wire.flush()
        if events & EPOLLIN.rawValue != 0 { liveness.sawInput = true }
        let isIdle = waiters.isEmpty
        wakeAll()
        reapChannels()
        stepPing()
        if isIdle, events & EPOLLIN.rawValue != 0 { readSoon() }
    }
}
