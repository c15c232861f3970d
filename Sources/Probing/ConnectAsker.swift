import Glibc

/// Opens a TCP connection for every question, and sends a GET over it where there is a path.
final class ConnectAsker: Asker {
    private struct Attempt {
        var fd: Int32
        var asked: Duration
        /// The connection stands and the request went out.
        var isRequested = false
        var answer: [UInt8] = []
    }

    private enum Progress { case pending, answered, lost }

    private let address: SocketAddress
    private let request: [UInt8]?
    private let acceptsRefusal: Bool
    private var attempts: [Attempt] = []
    private var ended: [(asked: Duration, isAnswered: Bool)] = []

    /// - Parameters:
    ///   - path: what to GET; nil where the connection itself is the answer.
    ///   - acceptsRefusal: whether a refused connection shows that the host is there.
    init(_ address: SocketAddress, path: String?, host: String, acceptsRefusal: Bool) {
        self.address = address
        self.acceptsRefusal = acceptsRefusal
        request = path.map { path in
            let name = host.contains(":") ? "[\(host)]" : host
            return Array("GET \(path) HTTP/1.0\r\nHost: \(name)\r\nUser-Agent: harun\r\n\r\n".utf8)
        }
    }

    var polls: [pollfd] {
        attempts.map { pollfd(fd: $0.fd, events: Int16($0.isRequested ? POLLIN : POLLOUT), revents: 0) }
    }

    func ask(at moment: Duration) {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let fd = socket(address.isV6 ? AF_INET6 : AF_INET, kind, 0)
        guard fd >= 0 else {
            ended.append((moment, false))
            return
        }
        let status = address.withPointer { connect(fd, $0, $1) }
        if status == 0 || errno == EINPROGRESS {
            attempts.append(Attempt(fd: fd, asked: moment))
        } else {
            ended.append((moment, acceptsRefusal && errno == ECONNREFUSED))
            Glibc.close(fd)
        }
    }

    func collect(now: Duration, patience: Duration) -> [(asked: Duration, isAnswered: Bool)] {
        var kept: [Attempt] = []
        for var attempt in attempts {
            var progress = advance(&attempt)
            if progress == .pending, now - attempt.asked > patience { progress = .lost }
            if progress == .pending {
                kept.append(attempt)
            } else {
                ended.append((attempt.asked, progress == .answered))
                Glibc.close(attempt.fd)
            }
        }
        attempts = kept
        defer { ended = [] }
        return ended
    }

    private func advance(_ attempt: inout Attempt) -> Progress {
        if !attempt.isRequested {
            var ready = pollfd(fd: attempt.fd, events: Int16(POLLOUT), revents: 0)
            guard poll(&ready, 1, 0) > 0 else { return .pending }
            var error: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(attempt.fd, SOL_SOCKET, SO_ERROR, &error, &size)
            if error != 0 { return acceptsRefusal && error == ECONNREFUSED ? .answered : .lost }
            guard let request else { return .answered }
            guard send(attempt.fd, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
                return .lost
            }
            attempt.isRequested = true
        }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = recv(attempt.fd, &buffer, buffer.count, 0)
        if count < 0 { return errno == EAGAIN ? .pending : .lost }
        attempt.answer += buffer.prefix(count)
        if let isGood = Self.isGood(attempt.answer) { return isGood ? .answered : .lost }
        return count == 0 ? .lost : .pending
    }

    /// Whether a status line is below 400; nil while it is not complete.
    private static func isGood(_ answer: [UInt8]) -> Bool? {
        // `HTTP/1.1 200`
        guard answer.count >= 12 else { return nil }
        let text = String(decoding: answer.prefix(12), as: UTF8.self)
        guard text.hasPrefix("HTTP/1."), let status = Int(text.suffix(3)) else { return false }
        return status < 400
    }

    func close() { for attempt in attempts { Glibc.close(attempt.fd) } }
}
