import CLibC
import Glibc

/// A child process for tests, without Foundation: started, awaited, ended by its id.
package struct ChildProcess: Sendable {
    /// What starting a process came to.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    /// The same on every machine, so that no test depends on its caller's.
    private static let environment = ["PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8"]

    package let pid: Int32

    /// Starts a program with standard input from `/dev/null` and both outputs into one file.
    package init(_ arguments: [String], log: String = "/dev/null") throws(Failure) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Nothing of what others in this process have open: a test waits for the end of a pipe or a socket.
        libc_spawn_closes_from(&actions, 3)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = Self.environment.map { strdup($0) } + [nil]
        defer { for word in words + variables { free(word) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, arguments.first ?? "", &actions, &attributes, &words, &variables)
        guard code == 0 else {
            throw Failure(description: "\(arguments.joined(separator: " ")): \(String(cString: strerror(code)))")
        }
        self.pid = pid
    }

    /// Whether it has ended; it is still to be waited for.
    package var hasEnded: Bool {
        var news = siginfo_t()
        return waitid(P_PID, id_t(pid), &news, WEXITED | WNOHANG | WNOWAIT) == 0 && news.si_signo == SIGCHLD
    }

    /// Waits for the end, blocking; the exit status, or 128 plus the signal's number.
    @discardableResult
    package func wait() -> Int32 {
        var status: CInt = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }

    /// Sends a signal.
    package func signal(_ number: Int32) { kill(pid, number) }

    /// Runs a program to its end and insists on success, blocking.
    package static func run(_ arguments: [String]) throws(Failure) {
        let status = try ChildProcess(arguments).wait()
        guard status == 0 else {
            throw Failure(description: "\(arguments.joined(separator: " ")): status \(status)")
        }
    }
}
