import CLibC
import Foundation
package import Transport

/// Runs a script with `/bin/sh` on this machine, the way a node's sshd would.
package enum SimulatedShell {
    /// Runs a script to its end.
    ///
    /// Input and output are files, so that no script can block on a full pipe.
    ///
    /// - Parameters:
    ///   - folder: the working directory; the files are made beside it.
    ///   - environment: the whole environment; a `PATH` there comes before the machine's own.
    ///   - killedOnce: a file; as soon as it is there, the script and its children are killed, and the outcome
    ///     is unknown.
    ///   - begun: called as soon as the script runs.
    package static func run(
        _ script: String, input: [UInt8] = [], in folder: String, environment: [String: String] = [:],
        killedOnce file: String? = nil, begun: () -> Void = {}
    ) async throws -> CommandResult {
        let files = folder + ".command-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: files) }
        try Data(input).write(to: URL(fileURLWithPath: files + "/stdin"))
        let process = try spawn(script, files, folder, environment.merging(["PATH": "/usr/bin:/bin"]) { "\($0):\($1)" })
        begun()
        let status = await end(of: process, killedOnce: file)
        let signal = status & 0x7F
        let isLost = file != nil && signal == SIGKILL
        return CommandResult(
            outcome: isLost
                ? .unknown
                : signal == 0 ? .exited(UInt8(truncatingIfNeeded: status >> 8)) : .signalled("\(signal)"),
            stdout: [UInt8](try Data(contentsOf: URL(fileURLWithPath: files + "/stdout"))),
            stderr: [UInt8](try Data(contentsOf: URL(fileURLWithPath: files + "/stderr"))))
    }

    private static func spawn(
        _ script: String, _ files: String, _ folder: String, _ environment: [String: String]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, files + "/stdin", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files + "/stdout", O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, files + "/stderr", O_WRONLY | O_CREAT, 0o600)
        libc_spawn_closes_from(&actions, 3)
        // A group of its own, as sshd gives to each command.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setpgroup(&attributes, 0)
        // And no signal blocked, as threads of this process have them: its `wait` would never hear of a child's end.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        let command = "cd \(folder.shellQuoted) || exit 99\n\(script)"
        let arguments = ["sh", "-c", command].map { (word: String) in strdup(word) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var process = pid_t()
        let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, variables)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        return process
    }

    /// Waits on a thread of its own: Swift's are few, and Dispatch's are 64, which commands that wait for one another can
    /// use up between them.
    private static func end(of process: pid_t, killedOnce file: String?) async -> Int32 {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var status: Int32 = 0
                if let file {
                    while waitpid(process, &status, WNOHANG) == 0 {
                        if access(file, F_OK) == 0 { kill(-process, SIGKILL) }
                        poll(nil, 0, 5)
                    }
                } else {
                    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
                }
                continuation.resume(returning: status)
            }
        }
    }
}
