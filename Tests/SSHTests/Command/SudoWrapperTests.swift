import Crypto
import Foundation
import SSH
import TestSupport
import Testing
import Transport

extension RealServerTests {
    /// A real sudo that allows its user `runbooks/sudo-wrapper/harun-root` alone.
    @Suite("another user than root, through one program that records")
    struct SudoWrapper {
        private func connection(_ host: HostOfItsOwn, _ way: SudoWay = .wrapper) async throws -> any NodeConnection {
            try await SSHConnector().connect(to: host.endpoint(way))
        }

        /// A host with the wrapper, where what is written to the journal lands in a file.
        private func host() throws -> HostOfItsOwn {
            let host = try HostOfItsOwn()
            try host.installWrapper()
            try host.write(
                "usr/local/sbin/logger", "#!/bin/sh\nprintf '%s\\n' \"$*\" >>/var/log/journal-lines\n", mode: 0o755)
            return host
        }

        /// Every file below the records, by its name.
        private func records(_ host: HostOfItsOwn) -> [String: [UInt8]] {
            let root = host.path("var/log/harun")
            let names = (try? FileManager.default.subpathsOfDirectory(atPath: root)) ?? []
            return Dictionary(uniqueKeysWithValues: names.map { ($0, TemporaryDirectory.content(of: "\(root)/\($0)")) })
                .filter { name, _ in name.contains("/") }
        }

        /// The checksums of the lines in the log, in order.
        private func log(_ host: HostOfItsOwn) -> [Substring] {
            records(host).filter { $0.key.hasSuffix("/log") }.values
                .flatMap { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
        }

        private func digest(_ text: String) -> String {
            SHA256.hash(data: Data(text.utf8)).map { String(format: "%02x", $0) }.joined()
        }

        private func error(_ host: HostOfItsOwn, _ way: SudoWay = .wrapper) async throws -> TransportError? {
            let connection = try await connection(host, way)
            let file = host.server.directory.file("ran")
            let result: TransportError?
            do throws(TransportError) {
                _ = try await connection.run(Command("touch \(file)", input: Array("secret".utf8)))
                result = nil
            } catch {
                result = error
            }
            await connection.close()
            #expect(try ChildProcess(["/usr/bin/test", "-e", file]).wait() == 1)
            return result
        }

        @Test("a script is on record, whole and for root alone, before it runs; what it reads never is")
        func recorded() async throws {
            let host = try host()
            let connection = try await connection(host)
            let secret = "canary-\(UInt64.random(in: 0...UInt64.max))"
            let script = "id -u; read -r s; printf %s \"$s\" | wc -c; cat /var/log/harun/*/log; exit 7\n"
            let result = try await connection.run(Command(script, input: Array("\(secret)\n".utf8)))
            await connection.close()
            #expect(result.outcome == .exited(7))
            #expect(result.errorText == "")
            let sum = digest(script)
            #expect(result.outputText.hasPrefix("0\n\(secret.utf8.count)\n"))
            #expect(result.outputText.hasSuffix("sha256=\(sum)\n"), "the line was there before: \(result.outputText)")

            let lines = log(host)
            let line = try #require(lines.first)
            #expect(lines.count == 1)
            let uid = try #require(getpwnam(host.user.name)).pointee.pw_uid
            #expect(line.contains(" user=\(host.user.name) uid=\(uid) from=127.0.0.1 session="))
            #expect(line.hasSuffix(" bytes=\(script.utf8.count) sha256=\(sum)"))
            #expect(line.prefixMatch(of: #/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\ /#) != nil)
            #expect(host.text("var/log/journal-lines") == "-t harun-root -p authpriv.notice -- \(line)\n")
            let records = records(host)
            #expect(records.count == 2)
            #expect(records.first { $0.key.hasSuffix("/\(sum).sh") }?.value == Array(script.utf8))
            for (name, content) in records {
                #expect(!String(decoding: content, as: UTF8.self).contains(secret))
                var status = stat()
                #expect(stat(host.path("var/log/harun/\(name)"), &status) == 0)
                #expect(status.st_mode & 0o7777 == 0o600 && status.st_uid == 0)
            }
            #expect(!host.server.log.contains(secret))
        }

        @Test("files of both ways and all sizes come through; their bytes are not on record")
        func transfers() async throws {
            let host = try host()
            let connection = try await connection(host)
            let folder = host.server.directory
            let needle = Array("canary-\(UInt64.random(in: 0...UInt64.max))".utf8)
            try await connection.upload(needle, to: folder.file("small"), mode: 0o640)
            #expect(folder.read("small") == needle)
            let large = needle + (0..<20 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) } + needle
            let source = try folder.write("source", large)
            try await connection.upload(
                file: source, to: folder.file("large"), mode: 0o600, owner: nil, onProgress: nil)
            #expect(folder.read("large") == large)
            try await connection.download(folder.file("large"), to: folder.file("back"), onProgress: nil)
            #expect(folder.read("back") == large)
            await connection.close()
            let records = records(host)
            #expect(records.count > 6)
            for content in records.values { #expect(content.firstRange(of: needle) == nil) }
        }

        @Test("a command is killed with all that it started, and what killed it is on record")
        func killed() async throws {
            let host = try host()
            let time = ManualTime()
            let connection = try await SSHConnector(time: time).connect(to: host.endpoint(.wrapper))
            let (output, source) = AsyncStream.makeStream(of: String.self)
            let task = Task {
                let command = Command("sleep 300 & echo $!; echo $$; sleep 301", timeout: .seconds(777))
                return try await connection.run(command) { source.yield(String(decoding: $0.bytes, as: UTF8.self)) }
            }
            var text = ""
            for await more in output {
                text += more
                if text.count(where: \.isNewline) == 2 { break }
            }
            await time.pass(.seconds(777))
            await #expect(throws: TransportError.timedOut(phase: "command", after: .seconds(777))) {
                try await task.value
            }
            for pid in text.split(separator: "\n") { #expect(!isRunning(String(pid))) }
            #expect(try await connection.run(Command("exit 3")).outcome == .exited(3))
            await connection.close()
            let scripts = records(host).filter { $0.key.hasSuffix(".sh") }.values.map {
                String(decoding: $0, as: UTF8.self)
            }
            #expect(scripts.contains { $0.contains("kill -s TERM") })
            #expect(scripts.contains { $0.contains("kill -s KILL") })
        }

        @Test("what cannot be written down does not run, and the error has the reason", arguments: 0..<3)
        func unwritable(way: Int) async throws {
            let host = try host()
            switch way {
            case 0: try host.write("var/log/harun", "in the way")
            case 1: try ChildProcess.run(["/bin/ln", "-s", "/tmp", host.path("var/log/harun")])
            default: try host.write("usr/local/sbin/logger", "#!/bin/sh\nexit 1\n", mode: 0o755)
            }
            let error = try #require(try await error(host))
            guard case .notRecorded(let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains("harun-root: "))
            #expect(
                reason.contains(
                    ["cannot make /var/log/harun/", "/var/log/harun is not root's own", "the journal"][way]))
            #expect(!error.mayHaveBegun)
            #expect(error.advice(inventory: "x.toml").contains("/var/log/harun"))
            #expect(records(host).values.allSatisfy { !String(decoding: $0, as: UTF8.self).contains("secret") })
        }

        @Test("the user may run nothing else")
        func bounded() async throws {
            let host = try host()
            let error = try #require(try await error(host, .all))
            guard case .sudoRefused = error else {
                Issue.record("\(error)")
                return
            }
            let connection = try await connection(host)
            let others = try await connection.run(
                Command(
                    """
                    for word in sh /bin/sh /usr/bin/id /usr/local/sbin/logger; do
                        runuser -u \(host.user.name) -- sudo -n "$word" -c true </dev/null && echo "$word"
                    done; runuser -u \(host.user.name) -- sudo -n /usr/local/sbin/harun-root --version </dev/null
                    """))
            await connection.close()
            #expect(others.outputText == "harun-root 1\n")
        }

        @Test("a program that is not there, or no rule for it, is told with what to type, and nothing ran")
        func missing() async throws {
            let host = try HostOfItsOwn()
            let unruly = try #require(try await error(host))
            #expect(
                "\(unruly)".hasPrefix("\(host.user.name) cannot become root through /usr/local/sbin/harun-root: sudo"))
            let rule = "\(host.user.name) ALL=(root) NOPASSWD: /usr/local/sbin/harun-root"
            #expect(unruly.advice(inventory: "x.toml").hasSuffix("echo '\(rule)' >>/etc/sudoers.d/harun-root"))
            for rule in ["ALL", SudoWay.wrapperPath] {
                try host.allow(rule)
                let absent = try #require(try await error(host))
                guard case .wrapperRefused(_, let reason) = absent else {
                    Issue.record("\(absent)")
                    continue
                }
                #expect(reason.contains("not found"))
                #expect(absent.advice(inventory: "x.toml").hasPrefix("harun run sudo-wrapper x.toml "))
                #expect(!absent.advice(inventory: "x.toml").contains("NOPASSWD: ALL"))
            }
            try host.write(
                "usr/local/sbin/harun-root", "#!/bin/sh\necho 'harun-root: it knows version 0' >&2\n", mode: 0o755)
            let old = try #require(try await error(host))
            #expect("\(old)".hasSuffix("harun-root: it knows version 0"))
            #expect(old.advice(inventory: "x.toml").hasPrefix("harun run sudo-wrapper x.toml "))
        }
    }
}
