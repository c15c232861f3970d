import Glibc
import Testing
import Transport

@testable import SSH

/// What arrives between two looks, of which the kernel reports nothing.
enum UnreportedNews: CaseIterable {
    case none
    /// Somebody's call took it as it came, so the kernel has nothing left to report.
    case taken
    /// It waits in the socket, and the loop was too late to see it.
    case waiting
}

/// A verdict of death needs a peer that is silent, not a harun that is late.
@Suite("signs of life")
struct LivenessTests {
    @Test(
        "three silent intervals are the end, bytes that no event reported are life",
        arguments: UnreportedNews.allCases)
    func verdict(news: UnreportedNews) async {
        let deadlines = Deadlines()
        let time = ManualTime()
        let carrier = QuietCarrier()
        let session = SSHSession(
            loop: EventLoop(time: time), carrier: carrier, address: "here", deadlines: deadlines, faults: WireFaults())
        await session.startLiveness()
        for _ in 0..<(news == .none ? deadlines.keepaliveCount : 6) {
            await time.armed(deadlines.keepalive)
            await session.arrive(news, through: carrier)
            time.advance(by: deadlines.keepalive)
        }
        if news == .none {
            let limit = ContinuousClock.now + .seconds(20)
            while await !session.isOver, ContinuousClock.now < limit { await Task.yield() }
            #expect(await session.isOver)
        } else {
            await time.armed(deadlines.keepalive)
            #expect(await !session.isOver)
        }
        await session.close()
    }

    @Test("an answer that is there already is not called late because the loop was")
    func lateLoop() async {
        let time = ManualTime()
        let loop = EventLoop(time: time)
        let order = await withCheckedContinuation { continuation in
            loop.perform {
                var order: [String] = []
                _ = loop.schedule(after: .seconds(1)) {
                    order.append("deadline")
                    continuation.resume(returning: order)
                }
                // Both are due when the loop looks up the next time.
                var ends: [CInt] = [0, 0]
                socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends)
                let (here, there) = (ends[0], ends[1])
                _ = loop.register(here) { _ in
                    order.append("answer")
                    loop.unregister(here)
                    close(here)
                    close(there)
                }
                write(there, "x", 1)
                time.advance(by: .seconds(1))
            }
        }
        #expect(order == ["answer", "deadline"])
    }
}

extension SSHSession {
    fileprivate func arrive(_ news: UnreportedNews, through carrier: QuietCarrier) {
        switch news {
        case .none: return
        case .waiting: carrier.put([0])
        case .taken:
            carrier.put([0, 0])
            withUnsafeTemporaryAllocation(byteCount: 2, alignment: 1) { buffer in
                guard let start = buffer.baseAddress else { return }
                _ = handle?.wire.receive(start, 2)
            }
        }
    }
}
