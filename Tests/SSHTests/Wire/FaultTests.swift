import SSH
import TestSupport
import Testing
import Transport

extension RealServerTests {
    /// Faults at chosen bytes of handshake, login, command and close; `make leaks` takes every byte.
    @Suite("faults on the wire")
    struct Faults {
        private func matrix(
            _ server: OpenSSHServer, _ name: String, deadlines: Deadlines = Deadlines(),
            _ fault: @escaping @Sendable (inout WireFaults, Int) -> Void
        ) -> FaultMatrix {
            FaultMatrix(server, name) { number in
                var faults = WireFaults()
                fault(&faults, number)
                return SSHConnector(deadlines: deadlines, faults: faults)
            }
        }

        /// The sessions that are left once the last connection's end has come to its loop.
        ///
        /// Other suites use loops of this process at the same time: `make leaks` counts sockets, deadlines and files
        /// too, in a process of its own.
        private static func sessionsLeft() async -> Int {
            let end = ContinuousClock.now + .seconds(60)
            while await SSHCensus.take().sessions > 0, ContinuousClock.now < end { await Task.yield() }
            return await SSHCensus.take().sessions
        }

        @Test("a connection cut at any byte that comes in never lies, hangs or leaves something behind")
        func cutIn() async throws {
            let result = await matrix(try OpenSSHServer(), "in") { $0.cutAfterBytesIn = $1 }.cutEverywhere(stride: 67)
            #expect(result.lies == [])
            // Of the bytes before the success none may succeed, of those behind it all must.
            #expect(result.successes > 5 && result.successes < result.trials / 2)
            #expect(await Self.sessionsLeft() == 0)
        }

        @Test("a connection cut at any byte that goes out never lies, hangs or leaves something behind")
        func cutOut() async throws {
            let result = await matrix(try OpenSSHServer(), "out") { $0.cutAfterBytesOut = $1 }.cutEverywhere(stride: 67)
            #expect(result.lies == [])
            #expect(result.successes > 0 && result.successes < result.trials / 2)
            #expect(await Self.sessionsLeft() == 0)
        }

        @Test("a byte damaged on the way is never taken for a success that was none")
        func corrupted() async throws {
            var deadlines = Deadlines()
            (deadlines.handshake, deadlines.login, deadlines.open) = (.seconds(1), .seconds(1), .seconds(1))
            (deadlines.kill, deadlines.killGrace) = (.milliseconds(200), .milliseconds(100))
            let server = try OpenSSHServer()
            let result = await matrix(server, "corrupt", deadlines: deadlines) { $0.corruptByteIn = $1 }
                .run(stride(from: 3, to: 4200, by: 131).map { $0 }, mayTimeOut: true, timeout: .seconds(1))
            #expect(result.lies == [])
            #expect(result.successes < result.trials)
            #expect(await Self.sessionsLeft() == 0)
        }

        @Test(
            "a server that ends the connection at any byte is never misunderstood, in peace or not (fact 9)",
            arguments: [CuttingRelay.End.finish, .reset])
        func ended(end: CuttingRelay.End) async throws {
            let server = try OpenSSHServer()
            let matrix = FaultMatrix(server, "\(end)") { number in
                RelayedConnector(SSHConnector(), to: server, after: number, end)
            }
            // Ends within the first block of a packet are of their own kind, so no step over them.
            let result = await matrix.cutEverywhere(stride: 29)
            #expect(result.lies == [])
            #expect(result.successes > 0 && result.successes < result.trials / 2)
            #expect(await Self.sessionsLeft() == 0)
        }

        @Test("a line that falls silent under a command never makes one that did not begin of one that did")
        func silent() async throws {
            var deadlines = Deadlines()
            // Shorter than the command's time: the answer to its request is what is awaited in vain.
            deadlines.open = .seconds(3)
            (deadlines.kill, deadlines.killGrace) = (.milliseconds(200), .milliseconds(100))
            let server = try OpenSSHServer()
            let whole = await matrix(server, "whole") { $0.cutAfterBytesIn = $1 }.firstSuccess()
            let result = await matrix(server, "silent", deadlines: deadlines) { $0.silentAfterBytesIn = $1 }
                .run(
                    stride(from: whole - 700, to: whole + 60, by: 20).map { $0 }, mayTimeOut: true,
                    timeout: .seconds(10))
            #expect(result.lies == [])
            #expect(result.successes > 0 && result.successes < result.trials / 2)
            #expect(await Self.sessionsLeft() == 0)
        }

        @Test("a socket that gives and takes one byte, some or none at a time changes nothing")
        func stuttering() async throws {
            let server = try OpenSSHServer()
            let result = await matrix(server, "stutter") { $0.stutter = UInt64($1) }.run(Array(1...16))
            #expect(result.lies == [])
            #expect(result.successes == 16)
            var faults = WireFaults()
            faults.stutter = 99
            try await withConnection(to: server, faults: faults) { node async throws in
                try await Commands.echo(on: node, channels: 8, bytes: 30_000)
            }
        }
    }
}
