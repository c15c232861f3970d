import SSH
import TestSupport
import Testing
import Transport

extension RealServerTests {
    /// Deadlines pass here as soon as a test says so: nothing is waited for.
    @Suite("deadlines of each phase")
    struct PhaseDeadlines {
        private func error(
            _ endpoint: Endpoint, _ time: ManualTime, _ deadlines: Deadlines = Deadlines(), passing limit: Duration
        ) async -> TransportError? {
            async let passed: Void = time.pass(limit)
            do throws(TransportError) {
                try await SSHConnector(deadlines: deadlines, time: time).connect(to: endpoint).close()
                await passed
                return nil
            } catch {
                await passed
                return error
            }
        }

        @Test("a banner that never comes ends at the handshake's deadline")
        func noBanner() async throws {
            let server = try OpenSSHServer()
            server.freeze()
            defer { server.thaw() }
            #expect(
                await error(server.endpoint(), ManualTime(), passing: .seconds(30))
                    == .timedOut(phase: "handshake", after: .seconds(30)))
        }

        @Test("what a server says at its end of the connection cannot steer a terminal")
        func goodbye() async throws {
            let real = try OpenSSHServer()
            let words = "\u{1b}[2Jgo away"
            let payload = "\u{1}\0\0\0\u{2}\0\0\0\u{b}\(words)\0\0\0\0"
            // Length, length of the padding, payload, padding; a multiple of eight bytes in all.
            let padding = 8 - (5 + payload.utf8.count) % 8 + 8
            let length = UnicodeScalar(UInt8(1 + payload.utf8.count + padding))
            let packet =
                "\0\0\0\(length)\(UnicodeScalar(UInt8(padding)))\(payload)\(String(repeating: "\0", count: padding))"
            let server = try SayingServer("SSH-2.0-OpenSSH_9.2\r\n" + packet)
            defer { server.stop() }
            var endpoint = real.endpoint()
            endpoint.port = server.port
            let error = try #require(await connectError(endpoint))
            #expect(error.description.contains("go away"), "\(error)")
            #expect(!error.description.contains("\u{1b}"))
        }

        @Test("a server that drips a byte at a time ends at the handshake's deadline, however often it gives a sign")
        func dripping() async throws {
            let real = try OpenSSHServer()
            // Lines before the banner, fewer than a client gives up: behind it, libssh2 would find a broken packet.
            let server = try HostileServer(.dripping(String(repeating: "slow\r\n", count: 700)))
            var endpoint = real.endpoint()
            endpoint.port = server.port
            let time = ManualTime()
            async let ended = error(endpoint, time, passing: .seconds(30))
            #expect(await ended == .timedOut(phase: "handshake", after: .seconds(30)))
        }

        @Test("lines without end before the banner are given up, and hold up nobody else")
        func endlessLines() async throws {
            let real = try OpenSSHServer()
            let server = try HostileServer(.endless("hello\r\n"))
            var endpoint = real.endpoint()
            endpoint.port = server.port
            let time = ManualTime()
            do throws(TransportError) {
                try await SSHConnector(time: time).connect(to: endpoint).close()
                Issue.record("connected")
            } catch {
                guard case .unreachable(_, let reason) = error else {
                    Issue.record("\(error)")
                    return
                }
                #expect(reason.contains("other things than an SSH banner"))
            }
        }

        @Test(
            "garbage instead of SSH is an error at once",
            arguments: [
                "", "HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-1.5-old\r\n", "SSH-2.0-x\r\n\u{7f}\u{7f}\u{7f}\u{7f}junk",
            ])
        func garbage(greeting: String) async throws {
            let real = try OpenSSHServer()
            let server = try HostileServer(.hangingUp(greeting))
            var endpoint = real.endpoint()
            endpoint.port = server.port
            let error = try #require(await connectError(endpoint))
            switch error {
            case .unreachable, .incompatible: break
            default: Issue.record("\(error)")
            }
        }

        @Test("a server that stops answering an open ends the session at the open's deadline")
        func open() async throws {
            let server = try OpenSSHServer()
            let time = ManualTime()
            let node = try await SSHConnector(time: time).connect(to: server.endpoint())
            server.freezeConnections()
            defer { server.killConnections() }
            let task = Task { try await node.run(Command("true", timeout: .seconds(333))) }
            await time.armed(.seconds(333))
            // The handshake and the login set deadlines of the same length before.
            for _ in 0..<2 { await time.armed(Deadlines().open) }
            await time.pass(Deadlines().open)
            await #expect(throws: TransportError.timedOut(phase: "open", after: .seconds(30))) { try await task.value }
            await #expect(throws: TransportError.self) { try await node.run(Command("true")) }
            await node.close()
        }

        @Test("a server that refuses every channel for ten seconds means it, and not one that does for a moment")
        func refused() async throws {
            let server = try OpenSSHServer(extraConfig: ["MaxSessions 0"])
            let time = ManualTime()
            let node = try await SSHConnector(time: time).connect(to: server.endpoint())
            let began = time.now
            let passing = Task {
                while time.now - began < .seconds(10) { await time.pass(.milliseconds(50)) }
            }
            let error = await #expect(throws: TransportError.self) { try await node.run(Command("true")) }
            #expect(error?.description.contains("MaxSessions") == true, "\(String(describing: error))")
            #expect(time.now - began == .seconds(10))
            passing.cancel()
            await node.close()
        }

        @Test("a command given up while its channel opens is let go after a shorter while")
        func cancelledOpen() async throws {
            let server = try OpenSSHServer()
            let time = ManualTime()
            let node = try await SSHConnector(time: time).connect(to: server.endpoint())
            server.freezeConnections()
            defer { server.killConnections() }
            let task = Task { try await node.run(Command("true", timeout: .seconds(333))) }
            await time.armed(.seconds(333))
            task.cancel()
            await time.pass(Deadlines().kill)
            await #expect(throws: TransportError.cancelled) { try await task.value }
            await node.close()
        }

        @Test("a peer that is silent for three intervals is lost, and the command unknown (fact 15)")
        func silence() async throws {
            let server = try OpenSSHServer()
            let time = ManualTime()
            let node = try await SSHConnector(time: time).connect(to: server.endpoint())
            let (started, source) = AsyncStream.makeStream(of: Void.self)
            async let result = node.run(Command("echo begun; sleep 300", timeout: .seconds(999))) { _ in
                server.freezeConnections()
                source.yield()
            }
            defer { server.killConnections() }
            for await _ in started { break }
            // The first look still sees the login's input.
            for _ in 0..<4 { await time.pass(.seconds(15)) }
            #expect(try await result.outcome == .unknown)
            await node.close()
        }

        @Test("an idle connection that the server ends is noticed without a command")
        func idleEnd() async throws {
            let server = try OpenSSHServer()
            let before = await SSHCensus.take().sessions
            let node = try await SSHConnector().connect(to: server.endpoint())
            _ = try await node.run(Command("true"))
            server.killConnections()
            let deadline = ContinuousClock.now + .seconds(60)
            while await SSHCensus.take().sessions > before, ContinuousClock.now < deadline { await Task.yield() }
            #expect(await SSHCensus.take().sessions <= before)
            #expect(await !node.isOpen)
            // Whoever reads this phase knows that nothing began.
            let error = await #expect(throws: TransportError.self) { try await node.run(Command("true")) }
            guard case .connectionLost("open", _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            await node.close()
        }

        @Test("a killed command's grace and its timeout pass on the injected time")
        func timeout() async throws {
            let server = try OpenSSHServer()
            let time = ManualTime()
            let node = try await SSHConnector(time: time).connect(to: server.endpoint())
            let (started, source) = AsyncStream.makeStream(of: String.self)
            let task = Task {
                try await node.run(
                    Command("trap '' TERM; echo $$; while :; do sleep 1; done", timeout: .seconds(777))
                ) { source.yield(String(decoding: $0.bytes, as: UTF8.self)) }
            }
            var iterator = started.makeAsyncIterator()
            let pid = try #require(await iterator.next()).trimmingNewline
            await time.pass(.seconds(777))
            await time.pass(Deadlines().killGrace)
            await #expect(throws: TransportError.timedOut(phase: "command", after: .seconds(777))) {
                try await task.value
            }
            #expect(!isRunning(pid))
            await node.close()
        }
    }
}
