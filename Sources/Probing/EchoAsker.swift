import Glibc

/// Sends ICMP echo requests through the kernel's unprivileged ping socket, or a raw one for root.
final class EchoAsker: Asker {
    private let socket: Int32
    private let address: SocketAddress
    private let isRaw: Bool
    /// Tells this socket's answers from those of other pings; the kernel replaces it on a ping socket.
    private let identifier = UInt16.random(in: 1...UInt16.max)
    private var sequence: UInt16 = 0
    private var waiting: [UInt16: Duration] = [:]
    private var ended: [(asked: Duration, isAnswered: Bool)] = []

    /// Nil where the system allows neither kind of socket.
    init?(_ address: SocketAddress) {
        self.address = address
        let family = address.isV6 ? AF_INET6 : AF_INET
        let kind = address.isV6 ? Int32(IPPROTO_ICMPV6) : Int32(IPPROTO_ICMP)
        let flags = Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        var fd = Glibc.socket(family, Int32(SOCK_DGRAM.rawValue) | flags, kind)
        var isRaw = false
        if fd < 0 {
            fd = Glibc.socket(family, Int32(SOCK_RAW.rawValue) | flags, kind)
            isRaw = true
        }
        guard fd >= 0 else { return nil }
        self.isRaw = isRaw
        socket = fd
        // Answers of other hosts never reach a connected socket.
        _ = address.withPointer { connect(fd, $0, $1) }
    }

    var polls: [pollfd] { [pollfd(fd: socket, events: Int16(POLLIN), revents: 0)] }

    func ask(at moment: Duration) {
        sequence &+= 1
        var packet: [UInt8] = [address.isV6 ? 128 : 8, 0, 0, 0]
        packet += [UInt8(identifier >> 8), UInt8(identifier & 0xFF), UInt8(sequence >> 8), UInt8(sequence & 0xFF)]
        packet += Array("harun failover probe".utf8)
        if !address.isV6 {
            let sum = Self.checksum(packet)
            packet[2] = UInt8(sum >> 8)
            packet[3] = UInt8(sum & 0xFF)
        }
        if send(socket, packet, packet.count, Int32(MSG_NOSIGNAL)) == packet.count {
            waiting[sequence] = moment
        } else {
            // No route, or nobody answers to ARP: that is a loss, and no error of the prober.
            ended.append((moment, false))
        }
    }

    func collect(now: Duration, patience: Duration) -> [(asked: Duration, isAnswered: Bool)] {
        var buffer = [UInt8](repeating: 0, count: 2048)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            // A socket error (an unreachable host) is reported once; its question runs out by itself.
            if count < 0 { break }
            if let number = answered(Array(buffer.prefix(count))), let asked = waiting.removeValue(forKey: number) {
                ended.append((asked, true))
            }
        }
        for (number, asked) in waiting where now - asked > patience {
            waiting[number] = nil
            ended.append((asked, false))
        }
        defer { ended = [] }
        return ended
    }

    /// The sequence number of an echo reply that is ours.
    private func answered(_ packet: [UInt8]) -> UInt16? {
        // A raw IPv4 socket gets the IP header too.
        let offset = isRaw && !address.isV6 ? Int(packet.first ?? 0) % 16 * 4 : 0
        guard packet.count >= offset + 8, packet[offset] == (address.isV6 ? 129 : 0) else { return nil }
        let id = UInt16(packet[offset + 4]) << 8 | UInt16(packet[offset + 5])
        if isRaw, id != identifier { return nil }
        return UInt16(packet[offset + 6]) << 8 | UInt16(packet[offset + 7])
    }

    private static func checksum(_ bytes: [UInt8]) -> UInt16 {
        var sum: UInt32 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            let low = index + 1 < bytes.count ? bytes[index + 1] : 0
            sum += UInt32(bytes[index]) << 8 | UInt32(low)
        }
        while sum >> 16 != 0 { sum = sum & 0xFFFF + sum >> 16 }
        return ~UInt16(truncatingIfNeeded: sum)
    }

    func close() { Glibc.close(socket) }
}
