import SSH
import TestSupport
import Testing
import Transport

extension RealServerTests {
    @Suite("uploads")
    struct Uploads {
        @Test(
            "content and mode arrive, the old file is replaced, and nothing else is left",
            arguments: [0o644, 0o600, 0o755, 0o4750] as [UInt16])
        func upload(mode: UInt16) async throws {
            let server = try OpenSSHServer()
            try await withConnection(to: server) { node async throws in
                let folder = server.directory.file("some folder's")
                _ = try await node.run(Command("mkdir \(folder.shellQuoted)"))
                let content = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
                try await node.upload([1, 2, 3], to: "\(folder)/file", mode: 0o600)
                try await node.upload(content, to: "\(folder)/file", mode: mode)
                #expect(TemporaryDirectory.content(of: "\(folder)/file") == content)
                let seen = try await node.run(Command("cd \(folder.shellQuoted) && stat -c %a file && ls -A"))
                #expect(seen.outputText == "\(String(mode, radix: 8))\nfile\n")
                try await node.upload([], to: "\(folder)/empty", mode: mode)
                #expect(
                    try await node.run(Command("stat -c '%a %s' \("\(folder)/empty".shellQuoted)")).outputText
                        == "\(String(mode, radix: 8)) 0\n")
            }
        }

        @Test("several megabytes arrive")
        func large() async throws {
            let server = try OpenSSHServer()
            try await withConnection(to: server) { node async throws in
                let content = [UInt8](repeating: 7, count: 8 << 20)
                try await node.upload(content, to: server.directory.file("large"), mode: 0o640)
                #expect(server.directory.read("large") == content)
            }
        }

        @Test("a refusal names the file and the reason, and leaves nothing behind")
        func refused() async throws {
            let server = try OpenSSHServer()
            try await withConnection(to: server) { node async throws in
                let missing = server.directory.file("missing/file")
                let error = await #expect(throws: TransportError.self) {
                    try await node.upload([1], to: missing, mode: 0o600)
                }
                guard case .uploadFailed(missing, let reason)? = error else {
                    Issue.record("\(String(describing: error))")
                    return
                }
                #expect(reason.contains("No such file") || reason.contains("nonexistent"))
                let folder = server.directory.path
                await #expect(throws: TransportError.self) { try await node.upload([1], to: folder, mode: 0o600) }
                #expect(try await node.run(Command("ls -A \(folder)/.. | grep -c harun$")).outputText == "0\n")
            }
        }

        @Test("an upload that is cut leaves the old file")
        func cut() async throws {
            let server = try OpenSSHServer()
            let path = try server.directory.write("file", "old")
            var faults = WireFaults()
            faults.cutAfterBytesOut = 200_000
            await #expect(throws: TransportError.self) {
                try await withConnection(to: server, faults: faults) { node async throws in
                    try await node.upload([UInt8](repeating: 1, count: 1_000_000), to: path, mode: 0o600)
                }
            }
            #expect(server.directory.read("file") == Array("old".utf8))
        }
    }
}
