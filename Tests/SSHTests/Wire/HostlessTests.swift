import Glibc
import TestSupport
import Testing
import Transport

@testable import SSH

/// A task that no loop hosts runs the loop's code all the same; nothing may come between a look and its wait.
@Suite("tasks that no loop hosts")
struct HostlessTests {
    @Test("what comes right after a read that found nothing wakes the handshake")
    func handshake() async throws {
        let loop = EventLoop()
        let carrier = PromptCarrier(Array("SSH-2.0-x\r\n\u{7f}\u{7f}\u{7f}\u{7f}junk".utf8), on: loop)
        var deadlines = Deadlines()
        deadlines.handshake = .seconds(20)
        let session = SSHSession(
            loop: loop, carrier: carrier, address: "here", deadlines: deadlines, faults: WireFaults())
        await session.start()
        let error = await #expect(throws: TransportError.self) { try await session.handshake(preferring: []) }
        await session.close()
        if case .timedOut? = error { Issue.record("its wake-up was lost") }
    }

    @Test("a socket that is connected at once wakes its dialler, though its server says nothing")
    func dialler() async throws {
        let server = try HostileServer(.dripping(""))
        let dialer = Dialer(loop: EventLoop(), host: server.address, port: server.port)
        close(try await dialer.connect(within: Deadlines()))
    }
}
