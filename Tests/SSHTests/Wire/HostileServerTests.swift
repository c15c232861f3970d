import SSH
import TestSupport
import Testing
import Transport

extension RealServerTests {
    /// What a server may do to commands; the numbers are the facts of `docs/libssh2.md`.
    @Suite("hostile servers")
    struct Hostile {
        @Test("a server with ETM MACs alone is incompatible, and the error says what to allow (fact 1)")
        func etmOnly() async throws {
            let server = try OpenSSHServer(
                extraConfig: ["MACs hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com"])
            guard let error = await connectError(server.endpoint()) else {
                // libssh2 1.11 and later know them.
                return
            }
            guard case .incompatible(let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("hmac-sha2-256") && reason.contains("MACs") && reason.contains("sshd_config"))
            #expect(!error.isRetryable)
        }

        @Test("several commands may be opened at once, though libssh2 opens one channel at a time (fact 5)")
        func opensAtOnce() async throws {
            try await withConnection(to: OpenSSHServer()) { node async throws in
                try await Commands.echo(on: node, channels: 40, bytes: 10)
            }
        }

        @Test(
            "a command ends while another one's calls read its bytes, and no clock helps (fact 4)",
            .timeLimit(.minutes(5)))
        func lostWakeUp() async throws {
            let server = try OpenSSHServer()
            let go = server.directory.file("go")
            let node = try await SSHConnector(time: ManualTime()).connect(to: server.endpoint())
            // It prints without end until the other one's end was seen here.
            let script = "while ! [ -e \(go) ]; do head -c 100000 /dev/zero; done; exit 4"
            var endless = Command(script, timeout: .seconds(300))
            endless.keepsOutput = false
            async let busy = node.run(endless)
            for _ in 0..<20 {
                #expect(try await node.run(Command("echo beside; exit 5")).outcome == .exited(5))
            }
            try server.directory.write("go", "")
            #expect(try await busy.outcome == .exited(4))
            await node.close()
        }

        @Test("new keys every megabyte with eight busy channels lose no byte (fact 17)")
        func rekeyBusy() async throws {
            try await withConnection(to: OpenSSHServer(extraConfig: ["RekeyLimit 1M"])) { node async throws in
                try await Commands.echo(on: node, channels: 8, bytes: 1_500_000)
            }
        }

        @Test("a long error output does not block the standard output that shares its window (fact 16)")
        func sharedWindow() async throws {
            try await withConnection(to: OpenSSHServer()) { node async throws in
                let result = try await node.run(
                    Command("head -c 3000000 /dev/zero >&2; head -c 2000000 /dev/zero; exit 9"))
                #expect(result.outcome == .exited(9))
                #expect(result.stdout.count == 2_000_000 && result.stderr.count == 3_000_000)
            }
        }

        @Test("every byte comes back as it was sent")
        func binary() async throws {
            let payload = (0..<1_048_576).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8 ^ $0 >> 16) }
            try await withConnection(to: OpenSSHServer()) { node async throws in
                let result = try await node.run(Command("tee /dev/stderr", input: payload))
                #expect(result.outcome == .exited(0))
                #expect(result.stdout == payload && result.stderr == payload)
            }
        }

        @Test("many megabytes of input that nobody reads do not hold up the end")
        func unreadInput() async throws {
            try await withConnection(to: OpenSSHServer()) { node async throws in
                let input = [UInt8](repeating: 10, count: 16 << 20)
                #expect(try await node.run(Command("exit 4", input: input)).outcome == .exited(4))
                #expect(try await node.run(Command("wc -c", input: input)).outputText == "\(16 << 20)\n")
            }
        }

        @Test("output without end is a named error, the command is killed, and the session goes on")
        func endlessOutput() async throws {
            try await withConnection(to: OpenSSHServer()) { node async throws in
                await #expect(throws: TransportError.outputTooLong(limitBytes: 64 << 20)) {
                    try await node.run(Command("head -c 100000000 /dev/zero; echo $$; sleep 77.25"))
                }
                #expect(try await node.run(Command("pgrep -fx 'sleep 77.2[5]'")).outcome == .exited(1))
            }
        }

        @Test("a command that never stops printing ends at its timeout and holds up no other")
        func printsForever() async throws {
            let server = try OpenSSHServer()
            try await withConnection(to: server) { node async throws in
                let task = Task { try await node.run(Command("while :; do echo y; done", timeout: .seconds(2))) }
                #expect(try await node.run(Command("echo beside")).outputText == "beside\n")
                let ended = await #expect(throws: TransportError.self) { try await task.value }
                // How it is killed beside its own flood is not the matter here.
                let cause = if case .mayStillRun(let error)? = ended { error } else { ended }
                #expect(
                    cause == .timedOut(phase: "command", after: .seconds(2))
                        || cause == .outputTooLong(limitBytes: 64 << 20))
            }
        }

        @Test("a command that closes its outputs early still ends with its own status")
        func closesOutputs() async throws {
            try await withConnection(to: OpenSSHServer()) { node async throws in
                let result = try await node.run(Command("echo first; exec >&- 2>&-; sleep 0.2; exit 6"))
                #expect(result.outcome == .exited(6))
                #expect(result.outputText == "first\n")
            }
        }

        @Test("a forced command is never taken for the script")
        func forced() async throws {
            let server = try OpenSSHServer(extraConfig: ["ForceCommand echo only this"])
            try await withConnection(to: server) { node async throws in
                let error = await #expect(throws: TransportError.self) {
                    try await node.run(Command("touch \(server.directory.file("touched"))"))
                }
                guard case .notBegun("root", _, "only this", 0)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
        }

        @Test("what a login shell prints before and after belongs to no output")
        func noise() async throws {
            let server = try OpenSSHServer(
                extraConfig: [
                    "ForceCommand echo motd; echo motd >&2; sh -c \"$SSH_ORIGINAL_COMMAND\"; echo bye; exit 0"
                ])
            try await withConnection(to: server) { node async throws in
                let result = try await node.run(Command("echo out; echo err >&2; exit 5"))
                #expect(result.outcome == .exited(5))
                #expect(result.outputText == "out\n")
                #expect(result.errorText == "err\n")
            }
        }

        @Test("a banner before the login is no obstacle")
        func banner() async throws {
            let directory = try TemporaryDirectory()
            let file = try directory.write(
                "banner", String(repeating: "Authorised users only. \u{1b}[31m\n", count: 500))
            try await withConnection(to: OpenSSHServer(extraConfig: ["Banner \(file)"])) { node async throws in
                #expect(try await node.run(Command("exit 3")).outcome == .exited(3))
            }
        }

        @Test("with one session allowed a command cannot be killed beside itself; the connection is given up in time")
        func cannotKill() async throws {
            var deadlines = Deadlines()
            (deadlines.kill, deadlines.killGrace, deadlines.close) = (.seconds(1), .milliseconds(100), .seconds(1))
            let server = try OpenSSHServer(extraConfig: ["MaxSessions 1"])
            try await withConnection(to: server, deadlines: deadlines) { node async throws in
                let limit = TransportError.timedOut(phase: "command", after: .seconds(5))
                await #expect(throws: TransportError.mayStillRun(limit)) {
                    try await node.run(Command("sleep 60", timeout: .seconds(5)))
                }
                let error = await #expect(throws: TransportError.self) { try await node.run(Command("true")) }
                guard case .connectionLost? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
            }
            server.killConnections()
        }

        @Test("a server that stops reading makes a writer wait, not fail; its silence ends it")
        func stopsReading() async throws {
            var deadlines = Deadlines()
            deadlines.keepalive = .seconds(2)
            let server = try OpenSSHServer()
            let result = try await withConnection(to: server, deadlines: deadlines) { node async throws in
                try await node.run(Command("echo begun; cat >/dev/null", input: [UInt8](repeating: 1, count: 32 << 20)))
                { _ in server.freezeConnections() }
            }
            server.killConnections()
            #expect(result.outcome == .unknown)
        }

        @Test("three hundred sessions of one process run a command at the same time")
        func threeHundred() async throws {
            let server = try OpenSSHServer(address: "0.0.0.0", extraConfig: ["MaxStartups 5000"])
            var deadlines = Deadlines()
            // The servers are many processes on few cores: their silence means nothing here.
            deadlines.keepalive = .seconds(60)
            (deadlines.handshake, deadlines.login, deadlines.open) = (.seconds(300), .seconds(300), .seconds(300))
            let result = await ScaleTrial(server, nodes: 300).run(SSHConnector(deadlines: deadlines))
            #expect(result.errors == [])
            #expect(result.succeeded == 300)
        }
    }
}
