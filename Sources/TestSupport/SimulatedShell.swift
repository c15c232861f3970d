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
    ///   - environment: the whole environment but for `PATH`.
    package static func run(
        _ script: String, input: [UInt8] = [], in folder: String, environment: [String: String] = [:]
    ) async throws -> CommandResult {
        let files = folder + ".command-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: files, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: files) }
        try Data(input).write(to: URL(fileURLWithPath: files + "/stdin"))
        let process = try spawn(script, files, folder, environment.merging(["PATH": "/usr/bin:/bin"]) { $1 })
        let status = await end(of: process)
        let signal = status & 0x7F
        return CommandResult(
            outcome: signal == 0 ? .exited(UInt8(truncatingIfNeeded: status >> 8)) : .signalled("\(signal)"),
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
        let command = "cd \(folder.shellQuoted) || exit 99\n\(script)"
        let arguments = ["sh", "-c", command].map { (word: String) in strdup(word) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var process = pid_t()
        let code = posix_spawn(&process, "/bin/sh", &actions, nil, arguments, variables)
        guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO) }
        return process
    }

    /// Waits on a thread that may block, never on one of Swift's own few.
    private static func end(of process: pid_t) async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(process, &status, 0) < 0 && errno == EINTR {}
                continuation.resume(returning: status)
            }
        }
    }
}
