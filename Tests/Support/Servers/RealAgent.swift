import Glibc

/// A real `ssh-agent` of the test's own, on a socket in a temporary directory.
package final class RealAgent: Sendable {
    package let directory: TemporaryDirectory
    private let process: ChildProcess

    /// Starts the agent and waits until it listens.
    package init() throws(ChildProcess.Failure) {
        directory = try TemporaryDirectory()
        process = try ChildProcess(["/usr/bin/ssh-agent", "-D", "-a", directory.file("agent")])
        let deadline = ContinuousClock.now + .seconds(10)
        while access(directory.file("agent"), F_OK) != 0 {
            guard ContinuousClock.now < deadline else {
                throw ChildProcess.Failure(description: "ssh-agent does not listen")
            }
            poll(nil, 0, 5)
        }
    }

    deinit {
        process.signal(SIGCONT)
        process.signal(SIGTERM)
        process.wait()
    }

    /// Where it listens.
    package var socket: String { directory.file("agent") }

    /// Runs `ssh-add` with it.
    package func add(_ arguments: String...) throws(ChildProcess.Failure) {
        try ChildProcess.run(["/usr/bin/env", "SSH_AUTH_SOCK=\(socket)", "/usr/bin/ssh-add", "-q"] + arguments)
    }

    /// Stops it without ending it: connections are accepted by the kernel, and nobody answers.
    package func freeze() { process.signal(SIGSTOP) }
}
