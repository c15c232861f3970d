import Glibc

@testable import SSH

/// A carrier without a network: what a test puts into it arrives, and nobody is told.
///
/// Used on its session's loop alone, where `put` is called as well.
// Safety: confined to the loop of its session.
final class QuietCarrier: Carrier, @unchecked Sendable {
    private var bytes: [UInt8] = []
    /// What is taken of each send but every second, which is refused; nil takes everything.
    private let sendLimit: Int?
    private var isFull = false
    /// Everything that was sent.
    private(set) var sent = 0

    init(sendLimit: Int? = nil) { self.sendLimit = sendLimit }

    var descriptor: CInt { -1 }
    var hasInput: Bool { !bytes.isEmpty }

    /// Lets bytes arrive, of which the kernel reports nothing.
    func put(_ more: [UInt8]) { bytes += more }

    func watch(_ handler: @escaping (UInt32) -> Void) -> CInt { 0 }
    func unwatch() {}

    func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int {
        let taken = min(count, sendLimit ?? count)
        if sendLimit != nil {
            isFull.toggle()
            if !isFull { return -Int(EAGAIN) }
        }
        sent += taken
        return taken
    }

    func receive(_ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
        guard !bytes.isEmpty else { return -Int(EAGAIN) }
        return bytes.moveFirst(count, to: buffer)
    }

    func reason(_ code: CInt) -> String { String(cString: strerror(code)) }
    func cut() {}
    func close() {}
}
