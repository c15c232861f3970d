import CLibSSH2
import Glibc

/// The bytes between libssh2 and what carries them.
///
/// libssh2 must never see a full socket: after a half-sent packet every other call on the session
/// fails or corrupts it (libssh2 fact 3). So ``send(_:_:)`` always takes everything, and what the kernel
/// refuses waits here. Confined to the loop of its session. See `docs/decisions/0002-libssh2-without-sockets.md`.
final class Wire {
    /// Above this backlog, writers wait.
    static let backlogLimit = 1 << 20
    /// What one session may receive in a turn: a server that never stops must not hold up its loop.
    private static let turnLimit = 1 << 20
    /// The largest block of a cipher, and more: with fewer bytes libssh2 begins nothing.
    private static let block = 32
    /// What a server may send before its banner; OpenSSH's client takes about as much.
    private static let bannerLimit = 1 << 16

    /// Everything received so far; also how an operation sees that its call took somebody else's bytes.
    private(set) var bytesIn = 0
    /// Everything libssh2 sent so far.
    private(set) var bytesOut = 0
    /// How often the kernel took less than libssh2 sent.
    private(set) var shortSends = 0
    /// Why the connection is over, once it is.
    private(set) var failure: String?

    /// Who answers the server's questions; here because libssh2 keeps one pointer of ours a session.
    var conversation: KeyboardConversation?

    let carrier: any Carrier
    /// What the server said first, until the login is over; see ``Greeting``.
    private(set) var greeting: Greeting? = Greeting()
    private let faults: WireFaults
    private var queued: [UInt8] = []
    private var head = 0
    private var isDeaf = false
    private var readAhead = ArraySlice<UInt8>()
    private var stutter: WireStutter?
    /// What libssh2 may still receive before others have their turn.
    private var allowance = Wire.turnLimit
    private var bannerBytes = 0
    private var transmitted = 0
    private var owesTurn = false
    private var end = End.none

    /// The end of the connection, from the kernel's word to libssh2's ear.
    private enum End {
        case none
        case seen
        case due
    }

    /// Takes over a carrier and closes it at the end.
    init(carrier: any Carrier, faults: WireFaults = WireFaults()) {
        self.carrier = carrier
        self.faults = faults
        stutter = faults.stutter.map { WireStutter(seed: $0) }
        if var bytes = faults.sendBufferBytes {
            setsockopt(carrier.descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    deinit { carrier.close() }

    /// Stops remembering what the server said first.
    func forgetGreeting() { greeting = nil }

    /// Bytes that the kernel has not taken yet.
    var backlog: Int { queued.count - head }

    /// Memory that the backlog takes, in bytes.
    var reserved: Int { queued.capacity }

    /// Makes every further call of libssh2 fail at once, which is what makes its teardown deterministic.
    ///
    /// libssh2 otherwise waits for the server when it closes a channel or frees a session (fact 7); with
    /// failing callbacks it frees everything immediately (fact 8).
    func poison(_ reason: String) {
        isDeaf = true
        if failure == nil { failure = reason }
        queued = []
        head = 0
    }

    /// Begins a turn, in which libssh2 may receive so much and no more; called in one place, see ``SSHSession/ready(_:)``.
    func beginTurn() { allowance = Self.turnLimit }

    /// Whether the session must look again though the kernel will report nothing new; asked once.
    func takeOwedTurn() -> Bool {
        defer { owesTurn = false }
        return owesTurn
    }

    /// Lets libssh2 learn of an end that was seen before: everybody had a turn to take what came ahead of it.
    ///
    /// A read that meets the end fails without handing out what libssh2 has queued already, perhaps the proof
    /// of a command's exit.
    func admitEnd() { if end == .seen { end = .due } }

    /// Notes the server's own words at its end of the connection, which say more than an errno.
    func serverSaidGoodbye(_ message: String) {
        if failure == nil { failure = "the server said: \(message)" }
    }

    /// Takes all of libssh2's bytes, whatever the kernel says.
    ///
    /// A send that fails is not reported here: the last output of a command may still wait to be read, and
    /// the receiving side learns of the end right after it.
    func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        if isDeaf { return -Int(EPIPE) }
        bytesOut += count
        var sent = 0
        if backlog == 0 { sent = transmitAll(bytes, count) }
        if sent < count, failure == nil {
            shortSends += 1
            queued.append(contentsOf: UnsafeRawBufferPointer(start: bytes + sent, count: count - sent))
        }
        return count
    }

    /// Answers libssh2's read: bytes, 0 at the end, or a negative errno.
    func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        if isDeaf { return -Int(ECONNRESET) }
        if let limit = faults.cutAfterBytesIn, bytesIn >= limit { return cut() }
        if let limit = faults.silentAfterBytesIn, bytesIn >= limit { return -Int(EAGAIN) }
        if count == 1, let refusal = countBannerByte() { return refusal }
        let count = min(
            count, allowance, faults.cutAfterBytesIn.map { $0 - bytesIn } ?? count,
            faults.silentAfterBytesIn.map { $0 - bytesIn } ?? count)
        guard count > 0 else {
            owesTurn = true
            return -Int(EAGAIN)
        }
        if count == 1, readAhead.isEmpty, stutter == nil { fillReadAhead() }
        var total = min(count, readAhead.count)
        if total > 0 {
            readAhead.withUnsafeBytes { buffer in
                UnsafeMutableRawBufferPointer(start: bytes, count: total)
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[0..<total]))
            }
            readAhead.removeFirst(total)
        }
        // libssh2 takes a short answer for a dry socket and waits; so the socket has to be asked as well.
        if total < count {
            var received = receiveFromSocket(bytes + total, count - total)
            if received <= 0, total == 0 { return received }
            total += max(0, received)
            // Of less than a block it waits for the rest without asking again; an end right behind would be heard by
            // nobody, since the kernel told of both at once.
            while received > 0, total < min(count, Self.block) {
                received = receiveFromSocket(bytes + total, count - total)
                total += max(0, received)
            }
        }
        if let number = faults.corruptByteIn, (bytesIn..<bytesIn + total).contains(number) {
            (bytes + (number - bytesIn)).assumingMemoryBound(to: UInt8.self).pointee ^= 0x10
        }
        bytesIn += total
        if greeting != nil { greeting?.add(UnsafeRawBufferPointer(start: bytes, count: total)) }
        allowance -= total
        if allowance == 0 || bytesIn == faults.cutAfterBytesIn { owesTurn = true }
        return total
    }

    /// libssh2 reads the banner byte by byte, and what comes before it without any limit of its own.
    private func countBannerByte() -> Int? {
        bannerBytes += 1
        guard bannerBytes > Self.bannerLimit else { return nil }
        if failure == nil { failure = "it sends other things than an SSH banner" }
        return -Int(ECONNRESET)
    }

    /// Forty system calls for the banner of every connection become one.
    private func fillReadAhead() {
        var chunk = [UInt8](repeating: 0, count: 256)
        let received = receiveFromSocket(&chunk, chunk.count)
        if received > 0 { readAhead = chunk[0..<received] }
    }

    private func receiveFromSocket(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Int {
        let allowed = stutter?.next(of: count) ?? count
        if allowed < count { owesTurn = true }
        guard allowed > 0 else { return -Int(EAGAIN) }
        while true {
            let received = carrier.receive(bytes, allowed)
            if received > 0 { return received }
            let code = CInt(-received)
            if code == EINTR { continue }
            if code == EAGAIN { return -Int(EAGAIN) }
            guard end == .due else {
                end = .seen
                owesTurn = true
                return -Int(EAGAIN)
            }
            if failure == nil {
                failure = code == 0 ? "the server closed the connection" : carrier.reason(code)
            }
            return -Int(code)
        }
    }

    /// Hands queued bytes to the kernel until it refuses or nothing is left.
    func flush() {
        guard backlog > 0 else { return }
        head += queued.withUnsafeBytes { buffer in
            buffer.baseAddress.map { transmitAll($0 + head, buffer.count - head) } ?? 0
        }
        guard backlog == 0 || failure != nil else { return compact() }
        if queued.capacity > Self.backlogLimit { queued = [] } else { queued.removeAll(keepingCapacity: true) }
        head = 0
    }

    /// Gives back what is sent: on a line that is never quite drained the queue would grow with the file.
    ///
    /// Not at once, since what is left has to be moved for it.
    private func compact() {
        guard head > Self.backlogLimit else { return }
        queued.removeFirst(head)
        head = 0
    }

    /// Sends until the kernel refuses: only then does epoll report that it takes more again.
    private func transmitAll(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        var sent = 0
        while sent < count {
            let taken = transmit(bytes + sent, count - sent)
            guard taken > 0 else { break }
            sent += taken
        }
        return sent
    }

    private func transmit(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        var allowed = stutter?.next(of: count) ?? count
        if allowed < count { owesTurn = true }
        if let limit = faults.cutAfterBytesOut {
            guard transmitted < limit else {
                _ = cut()
                return 0
            }
            allowed = min(allowed, limit - transmitted)
        }
        guard allowed > 0 else { return 0 }
        while true {
            let sent = carrier.send(bytes, allowed)
            if sent >= 0 {
                transmitted += sent
                return sent
            }
            let code = CInt(-sent)
            if code == EINTR { continue }
            if code != EAGAIN, failure == nil { failure = carrier.reason(code) }
            return 0
        }
    }

    private func cut() -> Int {
        carrier.cut()
        poison("the connection was cut")
        return -Int(ECONNRESET)
    }
}
