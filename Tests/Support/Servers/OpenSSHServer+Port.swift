import Glibc
import Synchronization

extension OpenSSHServer {
    /// Ports that the kernel gives to nobody who asks for any: one of those could be taken before sshd takes it.
    private static let ports: Range<Int> = {
        let text = String(
            decoding: TemporaryDirectory.content(of: "/proc/sys/net/ipv4/ip_local_port_range"), as: UTF8.self)
        let first = text.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 0
        return 10_000..<(first > 11_000 ? first : 32_768)
    }()
    /// The next one of them; other processes begin elsewhere.
    private static let next = Atomic(Int(getpid()) % 1000 * 20)

    /// A port that is free now; sshd cannot be asked to choose one.
    static func freePort(_ address: String) throws(ChildProcess.Failure) -> UInt16 {
        for _ in 0..<1000 {
            let number = next.add(1, ordering: .relaxed).oldValue
            let port = UInt16(ports.lowerBound + number % ports.count)
            if isFree(address, port) { return port }
        }
        throw ChildProcess.Failure(description: "no free port on \(address)")
    }

    private static func isFree(_ address: String, _ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var place = internetAddress(address, port)
        return withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Connects until the server greets; false after a minute.
    static func waitForBanner(_ address: String, _ port: UInt16) -> Bool {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if greets(address, port) { return true }
            poll(nil, 0, 5)
        }
        return false
    }

    private static func greets(_ address: String, _ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var place = internetAddress(address, port)
        let code = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { return false }
        var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&question, 1, 5000) == 1 else { return false }
        var greeting = [UInt8](repeating: 0, count: 4)
        return recv(descriptor, &greeting, 4, 0) == 4 && greeting == Array("SSH-".utf8)
    }

    private static func internetAddress(_ address: String, _ port: UInt16) -> sockaddr_in {
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = port.bigEndian
        inet_pton(AF_INET, address, &place.sin_addr)
        return place
    }
}
