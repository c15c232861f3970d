import Crypto
import Glibc
import Synchronization
import TestSupport
import Testing
import Transport

@testable import SSH

extension RealServerTests {
    @Suite("file transfers")
    struct Transfers {
        private static let sftp = ["Subsystem sftp internal-sftp"]
        private static let ways = [sftp, []]

        private func content(_ count: Int) -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
                if let start = buffer.baseAddress { arc4random_buf(start, count) }
                initialized = count
            }
        }

        private func parts(in folder: String) async throws -> String {
            let script = "cd \(folder.shellQuoted) && ls -A | grep 'part$' || :"
            return try await SimulatedShell.run(script, in: folder).outputText
        }

        @Test(
            "files of every size and name go there and back, over SFTP and without it",
            arguments: ways, [0, 1, 32_640, 3_000_001])
        func roundTrip(config: [String], size: Int) async throws {
            let server = try OpenSSHServer(extraConfig: config)
            let bytes = content(size)
            let source = server.directory.file("source")
            try server.directory.write("source", bytes)
            try await withConnection(to: server) { node async throws in
                let folder = server.directory.file("a folder's")
                _ = try await node.run(Command("mkdir -p \(folder.shellQuoted)"))
                let odd = ["with space", "-dash", "quote's \"$x`", "línea\nñ", String(repeating: "n", count: 250)]
                for name in size == 1 ? odd : ["plain"] {
                    let path = "\(folder)/\(name)"
                    try await node.upload(file: source, to: path, mode: 0o4751, owner: "1:2", onProgress: nil)
                    #expect(TemporaryDirectory.content(of: path) == bytes)
                    let seen = try await node.run(Command("stat -c '%a %u:%g' -- \(path.shellQuoted)"))
                    #expect(seen.outputText == "4751 1:2\n")
                    let back = server.directory.file("back")
                    try await node.download(path, to: back, onProgress: nil)
                    #expect(TemporaryDirectory.content(of: back) == bytes)
                    #expect(try await node.run(Command("stat -c %a \(back.shellQuoted)")).outputText == "600\n")
                    #expect(try await parts(in: folder) == "")
                }
            }
            #expect(try await parts(in: server.directory.path) == "")
        }

        @Test("an upload that was cut goes on where it was, over SFTP and without it", arguments: ways)
        func resume(config: [String]) async throws {
            let server = try OpenSSHServer(extraConfig: config)
            let bytes = content(24 << 20)
            try server.directory.write("source", bytes)
            let source = server.directory.file("source")
            let path = server.directory.file("target")
            try server.directory.write("target", "old")
            var faults = WireFaults()
            faults.cutAfterBytesOut = 20 << 20
            await #expect(throws: TransportError.self) {
                try await withConnection(to: server, faults: faults) { node async throws in
                    try await node.upload(file: source, to: path, mode: 0o640, owner: nil, onProgress: nil)
                }
            }
            #expect(server.directory.read("target") == Array("old".utf8))
            #expect(try await parts(in: server.directory.path) != "")
            let resumed = Mutex(0)
            let proved = try await withConnection(to: server) { node async throws in
                try await node.upload(file: source, to: path, mode: 0o640, owner: nil) { progress in
                    resumed.withLock { $0 = progress.resumed }
                }
            }
            #expect(resumed.withLock { $0 } > 8 << 20)
            #expect(proved.resumed == resumed.withLock { $0 } && proved.bytes == bytes.count)
            #expect(proved.sha256 == SHA256.hash(data: bytes).hexadecimal)
            #expect(server.directory.read("target") == bytes)
            #expect(try await parts(in: server.directory.path) == "")
        }

        @Test("nothing on the node waits for the rest of an upload that was cut", arguments: ["root", "other"])
        func noFollower(user name: String) async throws {
            let server = try OpenSSHServer(extraConfig: Self.sftp)
            try server.directory.write("source", content(24 << 20))
            let other = name == "root" ? nil : try TestUser()
            let path = "\(other?.home.path ?? server.directory.path)/target"
            if let other { chown(other.home.path, try await id(of: other), 0) }
            var faults = WireFaults()
            faults.cutAfterBytesOut = 16 << 20
            var endpoint = server.endpoint()
            endpoint.identityAgent = .none
            if let other { endpoint.user = other.name }
            let session = try await SSHConnector(faults: faults).openSession(to: endpoint)
            let upload = FileUpload(
                session: session, elevation: nil, path: path, mode: 0o600, owner: nil, onProgress: nil)
            await #expect(throws: TransportError.self) { try await upload.send(server.directory.file("source")) }
            await session.close()
            let part = TransferScript.temporary(for: path).split(separator: "/").last.map(String.init) ?? ""
            let look = "pgrep -f -- '\(part.replacing(".part", with: "[.]part"))'"
            let limit = ContinuousClock.now + .seconds(60)
            var left = ""
            repeat {
                left = try await SimulatedShell.run(look, in: server.directory.path).outputText
            } while left != "" && ContinuousClock.now < limit
            #expect(left == "")
        }

        private func id(of user: TestUser) async throws -> UInt32 {
            let id = try await SimulatedShell.run("id -u \(user.name)", in: user.home.path).outputText
            return UInt32(id.trimmingNewline) ?? 0
        }

        @Test("after a final word nothing of a transfer is left, on either side", arguments: ways)
        func noParts(config: [String]) async throws {
            let server = try OpenSSHServer(extraConfig: config)
            let source = server.directory.file("source")
            let folder = server.directory.file("folder")
            mkdir(folder, 0o755)
            try await withConnection(to: server) { node async throws in
                try server.directory.write("source", content(100_000))
                let install = await #expect(throws: TransportError.self) {
                    try await node.upload(
                        file: source, to: "\(folder)/file", mode: 0o600, owner: "nosuch", onProgress: nil)
                }
                #expect(install?.description.contains("nosuch") == true, "\(String(describing: install))")
                #expect(try await parts(in: folder) == "")
                // Its last name is taken by a folder, which shows only at the end.
                let download = await #expect(throws: TransportError.self) {
                    try await node.download(source, to: folder, onProgress: nil)
                }
                #expect(download?.description.contains("this machine") == true, "\(String(describing: download))")
                #expect(try await parts(in: server.directory.path) == "")
                // The file loses its end while it is sent.
                try server.directory.write("source", content(40 << 20))
                let shrunk = await #expect(throws: TransportError.self) {
                    try await node.upload(file: source, to: "\(folder)/file", mode: 0o600, owner: nil) { _ in
                        truncate(source, 0)
                    }
                }
                guard case .uploadFailed? = shrunk else {
                    Issue.record("\(String(describing: shrunk))")
                    return
                }
                #expect(try await parts(in: folder) == "")
            }
        }

        @Test("what lies under the hidden name and is not the file's beginning is never built upon", arguments: ways)
        func restart(config: [String]) async throws {
            let server = try OpenSSHServer(extraConfig: config)
            let bytes = content(100_000)
            try server.directory.write("source", bytes)
            try server.directory.write("victim", "untouched")
            let path = server.directory.file("target")
            let part = TransferScript.temporary(for: path)
            let victim = server.directory.file("victim")
            try await withConnection(to: server) { node async throws in
                for prepare in [
                    "head -c 5000 /dev/zero >\(part)", "head -c 200000 \(server.directory.file("source")) >\(part)",
                    "head -c 300000 /dev/zero >\(part)", "ln -s \(victim) \(part)", "ln \(victim) \(part)",
                ] {
                    #expect(try await node.run(Command(prepare)).outcome.isSuccess)
                    try await node.upload(
                        file: server.directory.file("source"), to: path, mode: 0o600, owner: nil, onProgress: nil)
                    #expect(server.directory.read("target") == bytes)
                    #expect(server.directory.read("victim") == Array("untouched".utf8))
                }
            }
        }

        @Test("a server killed in mid-transfer is a lost connection, and a download goes on afterwards")
        func killed() async throws {
            let server = try OpenSSHServer(extraConfig: Self.sftp)
            let bytes = content(24 << 20)
            try server.directory.write("source", bytes)
            let copy = server.directory.file("copy")
            let isKilled = Atomic(false)
            let error = await #expect(throws: TransportError.self) {
                try await withConnection(to: server) { node async throws in
                    try await node.download(server.directory.file("source"), to: copy) { progress in
                        guard progress.bytes > 8 << 20, !isKilled.exchange(true, ordering: .relaxed) else { return }
                        server.killConnections()
                    }
                }
            }
            guard case .connectionLost("download", _)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(access(copy, F_OK) != 0)
            let resumed = Mutex(0)
            let proved = try await withConnection(to: server) { node async throws in
                try await node.download(server.directory.file("source"), to: copy) { progress in
                    resumed.withLock { $0 = progress.resumed }
                }
            }
            #expect(resumed.withLock { $0 } > 0)
            #expect(proved.resumed == resumed.withLock { $0 } && proved.bytes == bytes.count)
            #expect(proved.sha256 == SHA256.hash(data: bytes).hexadecimal)
            #expect(server.directory.read("copy") == bytes)
        }

        @Test("a full disk on the node is said, the old file stays, and the disk is not left full", arguments: ways)
        func fullDisk(config: [String]) async throws {
            let server = try OpenSSHServer(extraConfig: config)
            try server.directory.write("source", content(4 << 20))
            let disk = server.directory.file("disk")
            try await withConnection(to: server) { node async throws in
                let mount = "mkdir \(disk) && mount -t tmpfs -o size=1m none \(disk) && echo old >\(disk)/file"
                #expect(try await node.run(Command(mount)).outcome.isSuccess)
                let result = await #expect(throws: TransportError.self) {
                    try await node.upload(
                        file: server.directory.file("source"), to: "\(disk)/file", mode: 0o600, owner: nil,
                        onProgress: nil)
                }
                let left = try await node.run(Command("ls -A \(disk); cat \(disk)/file; umount \(disk)"))
                guard case .uploadFailed(_, let reason)? = result else {
                    Issue.record("\(String(describing: result))")
                    return
                }
                #expect(reason.contains("No space left") || reason.contains("Failure"), "\(reason)")
                #expect(left.outputText == "file\nold\n")
            }
        }

        @Test("what cannot be transferred is said with its reason and its side")
        func refusals() async throws {
            let server = try OpenSSHServer(extraConfig: Self.sftp)
            try server.directory.write("source", "x")
            let source = server.directory.file("source")
            mkfifo(server.directory.file("pipe"), 0o600)
            try await withConnection(to: server) { node async throws in
                for (file, path, expected) in [
                    (source, server.directory.file("missing/file"), "No such folder"),
                    (source, server.directory.path, "Is a directory"),
                    (source, server.directory.file("pipe"), "Not a regular file"),
                    (source, server.directory.path + "/", "this is no file name"),
                    (server.directory.file("nothing"), "/tmp/x", "No such file or directory, on this machine"),
                    (server.directory.path, "/tmp/x", "not a regular file, on this machine"),
                ] {
                    let error = await #expect(throws: TransportError.self) {
                        try await node.upload(file: file, to: path, mode: 0o600, owner: nil, onProgress: nil)
                    }
                    #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
                }
                for (path, file, expected) in [
                    (server.directory.file("nothing"), server.directory.file("y"), "No such file or directory"),
                    ("/dev/null", server.directory.file("y"), "Not a regular file"),
                    (source, server.directory.file("missing/y"), "No such file or directory, on this machine"),
                ] {
                    let error = await #expect(throws: TransportError.self) {
                        try await node.download(path, to: file, onProgress: nil)
                    }
                    #expect(error?.description.contains(expected) == true, "\(String(describing: error))")
                }
            }
            #expect(try await parts(in: server.directory.path) == "")
        }

        @Test("many megabytes are on their way before an answer is awaited (fact 9)")
        func longLine() async throws {
            let directory = try TemporaryDirectory()
            let late = "$|=1; while (sysread(STDIN, $b, 1<<20)) { select(undef, undef, undef, .2); print $b }"
            try directory.write("slow", "#!/bin/sh\n/usr/lib/openssh/sftp-server | perl -e '\(late)'\n")
            chmod(directory.file("slow"), 0o755)
            let server = try OpenSSHServer(extraConfig: ["Subsystem sftp \(directory.file("slow"))"])
            try server.directory.write("source", content(7 << 20))
            let began = ContinuousClock.now
            let proved = try await withConnection(to: server) { node async throws in
                try await node.upload(
                    file: server.directory.file("source"), to: server.directory.file("copy"), mode: 0o600, owner: nil,
                    onProgress: nil)
            }
            // 224 writes; with an answer awaited for each, 45 seconds.
            #expect(ContinuousClock.now - began < .seconds(30))
            #expect(proved.bytes == 7 << 20)
        }

        @Test(
            "the node sums up a large upload while it arrives, and again at its end where that proved nothing",
            arguments: [
                (lies: false, sessions: 2, sums: "pipe\n"), (true, 2, "pipe\nfile\n"), (false, 1, "pipe\n"),
            ])
        func sumBeside(lies: Bool, sessions: Int, sums: String) async throws {
            let tools = try TemporaryDirectory()
            let log = tools.file("log")
            try tools.write(
                "sha256sum",
                """
                #!/bin/sh
                if [ -p /dev/stdin ]; then echo pipe; else echo file; fi >>\(log)
                \(lies ? "[ -p /dev/stdin ] && { cat >/dev/null; echo \(String(repeating: "0", count: 64)) -; exit; }" : "")
                exec /usr/bin/sha256sum
                """)
            chmod(tools.file("sha256sum"), 0o755)
            let place = try tools.write(
                "place",
                """
                #!/bin/sh
                case $SSH_ORIGINAL_COMMAND in *sftp*) exec /usr/lib/openssh/sftp-server;; esac
                exec sh -c "$(printf %s "$SSH_ORIGINAL_COMMAND" | sed 's#PATH=/usr/local#PATH=\(tools.path):/usr/local#')"

                """, mode: 0o755)
            let server = try OpenSSHServer(
                extraConfig: Self.sftp + ["ForceCommand \(place)", "MaxSessions \(sessions)"])
            let bytes = content(17 << 20)
            try server.directory.write("source", bytes)
            let proved = try await withConnection(to: server) { node async throws in
                try await node.upload(
                    file: server.directory.file("source"), to: server.directory.file("copy"), mode: 0o600, owner: nil,
                    onProgress: nil)
            }
            #expect(server.directory.read("copy") == bytes)
            #expect(proved.sha256 == SHA256.hash(data: bytes).hexadecimal)
            #expect(String(decoding: tools.read("log"), as: UTF8.self) == sums)
        }

        @Test("a sum of another file or of another length proves nothing", arguments: [(0, 0), (1, 0), (0, 1)])
        func foreignSum(inode: Int, size: Int) async throws {
            let folder = try TemporaryDirectory()
            let path = folder.file("target")
            let part = TransferScript.temporary(for: path)
            let wrong = String(repeating: "0", count: 64)
            let script = """
                echo content >\(part)
                i=$(stat -c %i \(part))
                \(TransferScript.install(path, digest: wrong, mode: 0o600, owner: nil, proved: "INODE SIZE"))
                """
                .replacing("'INODE SIZE'", with: "\"$((i + \(inode))) $((8 + \(size)))\"")
            let result = try await SimulatedShell.run(script, in: folder.path)
            // Right in both, the sum that was taken before is believed, wrong as it is here.
            #expect(result.outcome.isSuccess == (inode == 0 && size == 0), "\(result.errorText)")
            #expect(folder.read("target").isEmpty == (inode != 0 || size != 0))
        }

        @Test(
            "eight transfers at once and new keys in their middle end well on one connection",
            .timeLimit(.minutes(5)))
        func many() async throws {
            let server = try OpenSSHServer(extraConfig: Self.sftp + ["RekeyLimit 1M", "MaxSessions 3"])
            let bytes = content(2_000_000)
            try server.directory.write("source", bytes)
            try await withConnection(to: server) { node async throws in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<8 {
                        group.addTask {
                            let path = server.directory.file("target\(number)")
                            try await node.upload(
                                file: server.directory.file("source"), to: path, mode: 0o600, owner: nil,
                                onProgress: nil)
                            try await node.download(path, to: path + ".back", onProgress: nil)
                        }
                    }
                    try await group.waitForAll()
                }
            }
            for number in 0..<8 { #expect(server.directory.read("target\(number).back") == bytes) }
        }
    }
}
