import Dispatch
import Glibc
import TestSupport
import Testing
import Transport

@testable import SSH

@Suite("dialling")
struct DialerTests {
    @Test("the time for a name runs from its lookup's beginning, however long it waits for a thread")
    func waitsForThread() async throws {
        let server = try OpenSSHServer()
        let pool = BlockingPool(threads: 1)
        let gate = DispatchSemaphore(value: 0)
        pool.submit { gate.wait() }
        let limit = ContinuousClock.now + .seconds(60)
        while pool.waiting > 0, ContinuousClock.now < limit { await Task.yield() }
        let time = ManualTime()
        let dialer = Dialer(loop: EventLoop(time: time), host: "localhost", port: server.port, resolver: pool)
        async let dialled = dialer.connect(within: Deadlines())
        while pool.waiting == 0, ContinuousClock.now < limit { await Task.yield() }
        time.advance(by: .seconds(60))
        gate.signal()
        close(try await dialled)
    }
}
