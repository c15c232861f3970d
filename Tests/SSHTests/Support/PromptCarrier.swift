import CLibSSH2
import Glibc

@testable import SSH

/// A carrier without a network whose news comes in the very next turn of its loop after a read that found nothing.
// Safety: confined to the loop of its session.
final class PromptCarrier: Carrier, @unchecked Sendable {
    private let loop: EventLoop
    private let news: [UInt8]
    private var bytes: [UInt8] = []
    private var isAsked = false
    private var handler: ((UInt32) -> Void)?

    /// - Parameter news: what comes after the first read, once.
    init(_ news: [UInt8], on loop: EventLoop) {
        self.news = news
        self.loop = loop
    }

    /// libssh2 asks it whether it blocks, and no more.
    let descriptor = eventfd(0, CInt(EFD_NONBLOCK) | CInt(EFD_CLOEXEC))
    var hasInput: Bool { !bytes.isEmpty }

    func watch(_ handler: @escaping (UInt32) -> Void) -> CInt {
        self.handler = handler
        return 0
    }

    func unwatch() { handler = nil }
    func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Int { count }

    func receive(_ buffer: UnsafeMutableRawPointer, _ count: Int) -> Int {
        guard !bytes.isEmpty else {
            if !isAsked { loop.perform { [self] in arrive() } }
            isAsked = true
            return -Int(EAGAIN)
        }
        return bytes.moveFirst(count, to: buffer)
    }

    func reason(_ code: CInt) -> String { String(cString: strerror(code)) }
    func cut() {}
    func close() { Glibc.close(descriptor) }

    private func arrive() {
        bytes += news
        handler?(EPOLLIN.rawValue)
    }
}
