import Glibc

extension OpenSSHServer {
    /// A port that is free now; sshd cannot be asked to choose one.
    static func freePort(_ address: String) throws(ChildProcess.Failure) -> UInt16 {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var place = internetAddress(address, 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
                bind(descriptor, place, length) | getsockname(descriptor, place, &length)
            }
        }
        guard code == 0 else { throw ChildProcess.Failure(description: "no free port on \(address)") }
        return UInt16(bigEndian: place.sin_port)
    }

    /// Connects until the server greets; false after ten seconds.
    static func waitForBanner(_ address: String, _ port: UInt16) -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
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
