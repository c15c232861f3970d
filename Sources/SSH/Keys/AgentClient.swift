import CLibSSH2
import Glibc
import Synchronization

/// A connection to one ssh-agent, shared by all sessions, that never blocks a loop.
///
/// libssh2's own agent calls would: they block on the agent's socket, and push its bytes through the callbacks
/// of the session (libssh2 fact 11). Requests go one at a time, since not every agent takes more; each has its
/// own deadline from the moment it is made, so an agent that hangs costs everybody the same few seconds.
actor AgentClient {
    typealias Reply = @Sendable (Result<[UInt8], AgentError>) -> Void

    private struct Request {
        let id: UInt64
        let message: [UInt8]
        let timer: UInt64
        let reply: Reply
    }

    private nonisolated let loop: EventLoop
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
    private nonisolated let path: String
    private nonisolated let patience: Duration

    private var descriptor: CInt = -1
    private var stream = AgentStream()
    private var unsent = ArraySlice<UInt8>()
    private var isWaiting = false
    private var requests: [Request] = []
    private var lastID: UInt64 = 0

    /// - Parameters:
    ///   - path: the agent's socket.
    ///   - patience: how long one request may take; a person may have to confirm it.
    init(path: String, loop: EventLoop, patience: Duration = .seconds(20)) {
        self.path = path
        self.loop = loop
        self.patience = patience
    }

    /// The keys that the agent holds.
    nonisolated func identities() async throws(AgentError) -> [AgentIdentity] {
        let answer = await withCheckedContinuation { continuation in
            submit(AgentMessage.requestIdentities) { continuation.resume(returning: $0) }
        }
        return try AgentMessage.identities(in: try answer.get())
    }

    /// Signs `data`.
    ///
    /// - Parameter done: called once, on the agent's loop.
    nonisolated func sign(
        _ data: [UInt8], with key: HostKey, done: @escaping @Sendable (Result<[UInt8], AgentError>) -> Void
    ) {
        let flags = key.type.hasPrefix("ssh-rsa") ? AgentMessage.flags(for: data) : 0
        submit(AgentMessage.signRequest(key: key.blob, data: data, flags: flags)) { answer in
            done(
                answer.flatMap { message in Result { () throws(AgentError) in try AgentMessage.signature(in: message) }
                })
        }
    }

    private nonisolated func submit(_ message: [UInt8], reply: @escaping Reply) {
        loop.perform { [self] in assumeIsolated { $0.add(message, reply) } }
    }

    private func add(_ message: [UInt8], _ reply: @escaping Reply) {
        lastID += 1
        let id = lastID
        let timer = loop.schedule(after: patience) { [weak self] in self?.assumeIsolated { $0.giveUp(id) } }
        requests.append(Request(id: id, message: message, timer: timer, reply: reply))
        proceed()
    }

    /// Sends the first request, unless it is on its way already.
    private func proceed() {
        guard !isWaiting, let first = requests.first else { return }
        if descriptor < 0 {
            do throws(AgentError) {
                guard try connect() else { return }
            } catch {
                return endFirst(.failure(error))
            }
        }
        isWaiting = true
        unsent = first.message[...]
        flush()
    }

    /// Whether the socket is open; false where the agent is too busy to accept, and will be tried again.
    private func connect() throws(AgentError) -> Bool {
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: place.sun_path), !bytes.contains(0) else {
            throw .unreachable("\(path) is too long for a socket")
        }
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: bytes) }
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_NONBLOCK.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let socket = Glibc.socket(AF_UNIX, type, 0)
        guard socket >= 0 else { throw .unreachable(FileError(code: errno).description) }
        let code = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 ? 0 : errno
            }
        }
        guard code == 0 else {
            close(socket)
            guard code == EAGAIN else { throw .unreachable("\(path): \(FileError(code: code))") }
            _ = loop.schedule(after: .milliseconds(20)) { [weak self] in self?.assumeIsolated { $0.proceed() } }
            return false
        }
        descriptor = socket
        stream = AgentStream()
        let watched = loop.register(socket) { [self] _ in assumeIsolated { $0.ready() } }
        guard watched == 0 else {
            descriptor = -1
            close(socket)
            throw .unreachable("\(path): \(FileError(code: watched))")
        }
        return true
    }

    private func ready() {
        flush()
        var buffer = [UInt8](repeating: 0, count: 4096)
        while descriptor >= 0 {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 {
                receive(buffer[0..<count])
            } else if count == 0 {
                return disconnected(.closed)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                return disconnected(.closed)
            }
        }
    }

    private func receive(_ bytes: ArraySlice<UInt8>) {
        // An agent that speaks unasked, or on after its answer, would answer the next question with the wrong message.
        guard isWaiting, unsent.isEmpty else { return disconnected(.garbage) }
        do throws(AgentError) {
            guard let message = try stream.consume(bytes) else { return }
            guard !stream.hasMore else { throw .garbage }
            endFirst(.success(message))
        } catch {
            disconnected(error)
        }
    }

    private func flush() {
        while descriptor >= 0, !unsent.isEmpty {
            let sent = unsent.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            if sent > 0 {
                unsent = unsent.dropFirst(sent)
            } else if errno == EAGAIN {
                return
            } else if errno != EINTR {
                return disconnected(.closed)
            }
        }
    }

    private func giveUp(_ id: UInt64) {
        guard let index = requests.firstIndex(where: { $0.id == id }) else { return }
        // The answer to the request on its way would be taken for the next one's.
        if index == 0, isWaiting { return disconnected(.hangs) }
        requests.remove(at: index).reply(.failure(.hangs))
    }

    private func disconnected(_ reason: AgentError) {
        if descriptor >= 0 {
            loop.unregister(descriptor)
            close(descriptor)
            descriptor = -1
        }
        unsent = []
        if isWaiting { endFirst(.failure(reason)) }
    }

    private func endFirst(_ result: Result<[UInt8], AgentError>) {
        isWaiting = false
        guard !requests.isEmpty else { return }
        let request = requests.removeFirst()
        loop.cancelTimer(request.timer)
        request.reply(result)
        // Not at once: a chain of failures would go as deep as there are requests.
        loop.perform { [self] in assumeIsolated { $0.proceed() } }
    }
}
