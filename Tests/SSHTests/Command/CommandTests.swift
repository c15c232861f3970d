import Synchronization
import TestSupport
import Testing
import Transport

@testable import SSH

extension RealServerTests {
    @Suite("commands")
    struct Commands {
        @Test("output that is not to be kept is handed on and leaves nothing in the result")
        func notKept() async throws {
            let server = try OpenSSHServer()
            try await withConnection(to: server) { node async throws in
                let seen = Mutex(0)
                var command = Command("head -c 2000000 /dev/zero; echo e >&2")
                command.keepsOutput = false
                let result = try await node.run(command) { chunk in seen.withLock { $0 += chunk.bytes.count } }
                #expect(result.outcome == .exited(0))
                #expect(result.stdout.isEmpty && result.stderr.isEmpty)
                #expect(seen.withLock { $0 } == 2_000_002)
            }
        }

        @Test("status, both outputs and input of a command")
        func basics() async throws {
            try await withConnection(to: OpenSSHServer()) { node async throws in
                let result = try await node.run(
                    Command("cat; echo err >&2; printf 'a\\000b'; exit 7", input: Array("in".utf8)))
                #expect(result.outcome == .exited(7))
                #expect(result.stdout == Array("ina\0b".utf8))
                #expect(result.errorText == "err\n")
                #expect(try await node.run(Command("cat")).stdout.isEmpty)
                #expect(try await node.run(Command("if")).outcome == .exited(2))
                #expect(node.node == "lab")
            }
        }

        @Test("a killed shell is a signal, never a success (fact 6)")
        func signal() async throws {
            try await withConnection(to: OpenSSHServer()) { node async throws in
                #expect(try await node.run(Command("kill -9 $$")).outcome == .signalled("KILL"))
                #expect(try await node.run(Command("kill -TERM $$; sleep 0.1")).outcome == .signalled("TERM"))
            }
        }

        @Test("output is handed on as it comes, in order and without the envelope")
        func streaming() async throws {
            let chunks = Mutex<[OutputChunk]>([])
            try await withConnection(to: OpenSSHServer()) { node async throws in
                let result = try await node.run(
                    Command("echo one; echo two >&2; cat; echo three", input: [UInt8](repeating: 120, count: 100_000))
                ) { chunk in
                    chunks.withLock { $0.append(chunk) }
                }
                let seen = chunks.withLock { $0 }
                #expect(seen.filter { $0.stream == .stdout }.flatMap(\.bytes) == result.stdout)
                #expect(seen.filter { $0.stream == .stderr }.flatMap(\.bytes) == Array("two\n".utf8))
                #expect(result.stdout.count == 100_010)
            }
        }

        @Test("a background child that keeps the outputs open does not hold the result back")
        func background() async throws {
            try await withConnection(to: OpenSSHServer()) { node async throws in
                let result = try await node.run(Command("sleep 60 & echo $!", timeout: .seconds(30)))
                #expect(result.outcome == .exited(0))
                let pid = result.outputText.trimmingNewline
                #expect(isRunning(pid))
                #expect(try await node.run(Command("kill \(pid)")).outcome == .exited(0))
            }
        }

        @Test("a script longer than an SSH packet runs")
        func long() async throws {
            try await withConnection(to: OpenSSHServer()) { node async throws in
                let result = try await node.run(
                    Command("# \(String(repeating: "y", count: 200_000))\ncat; exit 4", input: [65]))
                #expect(result.outcome == .exited(4))
                #expect(result.stdout == [65])
                // The longest that still goes as an argument.
                let medium = try await node.run(Command("# \(String(repeating: "y", count: 23_900))\nexit 5"))
                #expect(medium.outcome == .exited(5))
            }
        }

        @Test("a channel that the server times out is unknown, though libssh2 says status 0 (fact 6)")
        func channelTimeout() async throws {
            let server = try OpenSSHServer(extraConfig: ["ChannelTimeout session:*=1s"])
            try await withConnection(to: server) { node async throws in
                let result = try await node.run(Command("echo begun; sleep 4; exit 7"))
                // OpenSSH 9.2 may close it before the first output.
                #expect(result.outcome == .unknown)
                #expect(["begun\n", ""].contains(result.outputText))
            }
        }

        @Test("a server killed in mid-command is unknown, with what was received")
        func serverKilled() async throws {
            let server = try OpenSSHServer()
            try await withConnection(to: server) { node async throws in
                let result = try await node.run(Command("echo begun; sleep 20")) { _ in server.killConnections() }
                #expect(result.outcome == .unknown)
                #expect(result.outputText == "begun\n")
                await #expect(throws: TransportError.self) { try await node.run(Command("true")) }
            }
        }

        @Test("eight channels echo two megabytes each through a socket that takes 8 KiB (fact 3)")
        func multiplexed() async throws {
            var faults = WireFaults()
            faults.sendBufferBytes = 8192
            let server = try OpenSSHServer()
            let session = try await SSHConnector(faults: faults).openSession(to: server.endpoint())
            let node = SSHNodeConnection(endpoint: server.endpoint(), session: session)
            try await Self.echo(on: node, channels: 8, bytes: 2_000_000)
            #expect(await session.shortSends > 0)
            await node.close()
        }

        @Test("the server's new keys in mid-transfer do not disturb it (fact 17)")
        func rekey() async throws {
            try await withConnection(to: OpenSSHServer(extraConfig: ["RekeyLimit 1M"])) { node async throws in
                try await Self.echo(on: node, channels: 4, bytes: 2_000_000)
            }
        }

        @Test("more commands at once than the server allows channels wait their turn", arguments: [1, 2])
        func maxSessions(limit: Int) async throws {
            try await withConnection(to: OpenSSHServer(extraConfig: ["MaxSessions \(limit)"])) { node async throws in
                try await Self.echo(on: node, channels: 12, bytes: 1000)
            }
        }

        @Test(
            "a connection cut at any byte is an error or unknown, never a success and never a hang",
            arguments: stride(from: 500, to: 6500, by: 1000).map { $0 })
        func cut(bytes: Int) async throws {
            let server = try OpenSSHServer()
            var faults = WireFaults()
            faults.cutAfterBytesIn = bytes
            do {
                let outcome = try await withConnection(to: server, faults: faults) { node async throws in
                    try await node.run(Command("head -c 20000 /dev/zero")).outcome
                }
                #expect(outcome == .unknown)
            } catch let error as TransportError {
                #expect(error != .cancelled)
            }
        }

        static func echo(on node: any NodeConnection, channels: Int, bytes: Int) async throws {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<channels {
                    group.addTask {
                        let payload = [UInt8](repeating: UInt8(65 + number), count: bytes)
                        let result = try await node.run(Command("cat", input: payload))
                        return result.outcome == .exited(0) && result.stdout == payload && result.stderr.isEmpty
                    }
                }
                for try await isExact in group { #expect(isExact) }
            }
        }
    }
}

extension SSHSession {
    /// How often the kernel took less than libssh2 sent.
    fileprivate var shortSends: Int { handle?.wire.shortSends ?? 0 }
}

extension String {
    var trimmingNewline: String { String(prefix { $0 != "\n" }) }
}
