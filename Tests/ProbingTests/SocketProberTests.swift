import Foundation
import Glibc
import Steps
import Testing

@testable import Probing

/// Real sockets on loopback; the only waiting is that of real questions.
@Suite("An outage is measured from outside", .serialized)
struct SocketProberTests {
    private let prober = SocketProber(patience: .milliseconds(400))

    /// Lets the watch go on for a while.
    private func pause(_ duration: Duration) async { try? await Task.sleep(for: duration) }

    @Test("a server that is away for 2 s has an outage of about 2 s", arguments: [false, true])
    func stoppedServer(http: Bool) async throws {
        let first = try LoopbackServer(port: 0)
        let port = first.port
        let target: OutsideTarget =
            http
            ? .http(host: "127.0.0.1", port: port, path: "/health") : .tcp(host: "127.0.0.1", port: port)
        // Patient enough for a server that is there and gets no turn.
        let (away, timelines) = try await SocketProber(patience: .seconds(2)).watch([target], every: .milliseconds(100))
        {
            (_: any OutsideWatch) async throws(ProcedureFailure) -> Duration in
            await pause(.milliseconds(600))
            let stopped = await first.stop()
            // Nobody else is given the port meanwhile.
            guard let holder = try? LoopbackServer.holder(of: port) else { throw ProcedureFailure("the port is taken") }
            defer { close(holder) }
            await pause(.seconds(2))
            guard let second = try? LoopbackServer(port: port) else { throw ProcedureFailure("the port is taken") }
            let away = ContinuousClock.now - stopped
            await pause(.milliseconds(800))
            await second.stop()
            return away
        }
        let timeline = try #require(timelines.first)
        // The last server's end begins another one.
        let outage = try #require(timeline.outages.max { ($0.length ?? .zero) < ($1.length ?? .zero) })
        let length = try #require(outage.length)
        // A busy machine makes both longer; what was measured outside is never shorter than what happened.
        #expect(length > .milliseconds(1900) && length < away * 3, "\(timeline.text)")
        #expect(outage.lost >= 10, "\(timeline.text)")
        #expect(timeline.samples.map(\.asked) == timeline.samples.map(\.asked).sorted())
    }

    @Test("loopback answers echo requests without an outage")
    func echo() async throws {
        let (_, timelines) = try await prober.watch([.icmp(host: "127.0.0.1")], every: .milliseconds(50)) {
            (watch: any OutsideWatch) async throws(ProcedureFailure) -> Duration in
            await pause(.seconds(1))
            return watch.elapsed
        }
        let timeline = try #require(timelines.first)
        #expect(timeline.samples.count { $0.isAnswered } >= 5)
        #expect(timeline.longestOutage == .zero, "\(timeline.text)")
    }

    @Test("an address that nobody has never answers")
    func silence() async throws {
        // Class E is routed nowhere.
        let (_, timelines) = try await prober.watch([.icmp(host: "240.0.0.1")], every: .milliseconds(100)) {
            (_: any OutsideWatch) async throws(ProcedureFailure) -> Bool in
            await pause(.seconds(1))
            return true
        }
        let timeline = try #require(timelines.first)
        #expect(!timeline.samples.isEmpty)
        #expect(timeline.samples.allSatisfy { !$0.isAnswered })
        #expect(timeline.longestOutage == nil)
    }

    @Test("a host whose port of SSH is open or refuses is there")
    func presence() async throws {
        let target = OutsideTarget.answer(host: "127.0.0.1")
        let (_, timelines) = try await prober.watch([target], every: .milliseconds(100)) {
            (_: any OutsideWatch) async throws(ProcedureFailure) -> Bool in
            await pause(.seconds(1))
            return true
        }
        #expect(timelines.first?.samples.contains(where: \.isAnswered) == true)
    }

    @Test("a refused connection shows a host that is there, where that is enough")
    func refusal() async throws {
        let server = try LoopbackServer(port: 0)
        await server.stop()
        for accepts in [true, false] {
            let address = try SocketAddress.resolve("127.0.0.1", port: server.port)
            let asker = ConnectAsker(address, path: nil, host: "127.0.0.1", acceptsRefusal: accepts)
            asker.ask(at: .zero)
            await pause(.milliseconds(100))
            let ended = asker.collect(now: .milliseconds(100), patience: .seconds(1))
            #expect(ended.map(\.isAnswered) == [accepts])
            asker.close()
        }
    }

    @Test("an error of the body ends the watch and comes through")
    func failure() async {
        await #expect(throws: ProcedureFailure("enough")) {
            try await prober.watch([.tcp(host: "127.0.0.1", port: 9)], every: .milliseconds(50)) {
                (_: any OutsideWatch) async throws(ProcedureFailure) -> Bool in
                throw ProcedureFailure("enough")
            }
        }
    }

    @Test("a name without an address is an error before anything is asked")
    func unknownHost() async {
        await #expect(throws: ProcedureFailure.self) {
            try await prober.watch([.icmp(host: "no-such-host.invalid")], every: .seconds(1)) {
                (_: any OutsideWatch) async throws(ProcedureFailure) -> Bool in true
            }
        }
    }
}
