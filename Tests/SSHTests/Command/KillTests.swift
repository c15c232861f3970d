import SSH
import TestSupport
import Testing
import Transport

extension RealServerTests {
    @Suite("ending commands early")
    struct Killing {
        /// Runs a script until it has printed the ids of so many processes, then lets its time pass.
        private func pidsAfterTimeout(
            _ script: String, count: Int, on node: any NodeConnection, _ time: ManualTime,
            passing grace: Duration? = nil
        ) async throws -> [String] {
            let (output, source) = AsyncStream.makeStream(of: String.self)
            let task = Task {
                defer { source.finish() }
                return try await node.run(Command(script, timeout: .seconds(777))) { chunk in
                    source.yield(String(decoding: chunk.bytes, as: UTF8.self))
                }
            }
            var text = ""
            for await more in output {
                text += more
                if text.count(where: \.isNewline) == count { break }
            }
            await time.pass(.seconds(777))
            if let grace { await time.pass(grace) }
            await #expect(throws: TransportError.timedOut(phase: "command", after: .seconds(777))) {
                try await task.value
            }
            return text.split(separator: "\n").map(String.init)
        }

        @Test("a timeout ends the whole remote process group, and the connection stays usable (fact 7)")
        func timeout() async throws {
            let server = try OpenSSHServer()
            let time = ManualTime()
            let node = try await SSHConnector(time: time).connect(to: server.endpoint())
            let pids = try await pidsAfterTimeout(
                "sleep 300 & echo $!; echo $$; sleep 301", count: 2, on: node, time)
            #expect(pids.count == 2)
            for pid in pids { #expect(!isRunning(pid)) }
            #expect(try await node.run(Command("exit 3")).outcome == .exited(3))
            await node.close()
        }

        @Test("a command that ignores TERM gets KILL")
        func stubborn() async throws {
            let server = try OpenSSHServer()
            let time = ManualTime()
            let node = try await SSHConnector(time: time).connect(to: server.endpoint())
            let pids = try await pidsAfterTimeout(
                "trap '' TERM; sh -c 'echo $$; while :; do sleep 5; done'", count: 1, on: node, time,
                passing: Deadlines().killGrace)
            #expect(pids.count == 1)
            for pid in pids { #expect(!isRunning(pid)) }
            await node.close()
        }

        @Test("a cancelled task ends its command, and others on the connection go on")
        func cancellation() async throws {
            try await withConnection(to: OpenSSHServer()) { node async throws in
                let (started, source) = AsyncStream.makeStream(of: String.self)
                async let other = node.run(Command("read line; echo $line", input: Array("still here\n".utf8)))
                let task = Task {
                    try await node.run(Command("echo $$; sleep 300")) { chunk in
                        source.yield(String(decoding: chunk.bytes, as: UTF8.self))
                    }
                }
                var iterator = started.makeAsyncIterator()
                let pid = try #require(await iterator.next()).trimmingNewline
                task.cancel()
                await #expect(throws: TransportError.cancelled) { try await task.value }
                #expect(!isRunning(pid))
                #expect(try await other.outputText == "still here\n")
            }
        }

        @Test("a task cancelled before it begins sends nothing")
        func cancelledBefore() async throws {
            let server = try OpenSSHServer()
            try await withConnection(to: server) { node async throws in
                let file = server.directory.file("touched")
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return try await node.run(Command("touch \(file)"))
                }
                await #expect(throws: TransportError.cancelled) { try await task.value }
                #expect(try await node.run(Command("test -e \(file)")).outcome == .exited(1))
            }
        }

        @Test("closing a connection under a running command makes it unknown (facts 7 and 8)")
        func closedUnder() async throws {
            let server = try OpenSSHServer()
            let node = try await SSHConnector().connect(to: server.endpoint())
            let (started, source) = AsyncStream.makeStream(of: Void.self)
            let task = Task {
                try await node.run(Command("echo begun; sleep 5")) { _ in source.yield() }
            }
            var iterator = started.makeAsyncIterator()
            await iterator.next()
            await node.close()
            await node.close()
            #expect(try await task.value.outcome == .unknown)
        }

        @Test("a server that stops answering is noticed by its silence")
        func silence() async throws {
            var deadlines = Deadlines()
            deadlines.keepalive = .seconds(2)
            let server = try OpenSSHServer()
            let result = try await withConnection(to: server, deadlines: deadlines) { node async throws in
                try await node.run(Command("echo begun; sleep 300")) { _ in server.freezeConnections() }
            }
            server.killConnections()
            #expect(result.outcome == .unknown)
            #expect(result.duration < .seconds(60))
        }

        @Test("an idle connection answers the server's own keepalive and stays open (fact 15)")
        func idle() async throws {
            var deadlines = Deadlines()
            deadlines.keepalive = .seconds(4)
            let server = try OpenSSHServer(extraConfig: ["ClientAliveInterval 5", "ClientAliveCountMax 1"])
            try await withConnection(to: server, deadlines: deadlines) { node async throws in
                // The other server's command is the clock.
                try await withConnection(to: OpenSSHServer()) { _ = try await $0.run(Command("sleep 12")) }
                #expect(try await node.run(Command("exit 2")).outcome == .exited(2))
            }
        }
    }
}
