import Glibc
import Synchronization

/// A user of this machine for one test: made with `useradd`, removed with its home at the end.
///
/// Needs root, as the real sshd does that lets the user in.
package final class TestUser: Sendable {
    private static let counter = Atomic(0)

    package let name: String
    package let home: TemporaryDirectory
    private let hasSudo: Bool

    /// Makes the user.
    ///
    /// - Parameters:
    ///   - password: nil for none that could be right.
    ///   - isExpired: whether the password has to be changed at the next login.
    ///   - sudo: the sudoers rule behind the user's name; nil for no rule.
    package init(
        shell: String = "/bin/sh", password: String? = nil, isExpired: Bool = false, sudo: String? = nil
    ) throws(ChildProcess.Failure) {
        let name = "harun-\(getpid())-\(Self.counter.add(1, ordering: .relaxed).newValue)"
        self.name = name
        home = try TemporaryDirectory()
        hasSudo = sudo != nil
        chmod(home.path, 0o755)
        // Other test runs may hold the lock of /etc/passwd.
        try Self.shell(
            "for n in 1 2 3 4 5 6 7 8; do useradd -p '*' -M -d \(home.path) -s \(shell) \(name) && exit; sleep 0.2; done; exit 1"
        )
        if let password { try Self.shell("printf '%s:%s' \(name) '\(password)' | chpasswd") }
        if isExpired { try Self.shell("chage -d 0 \(name)") }
        if let sudo {
            try Self.shell("umask 226; printf '%s\\n' '\(name) \(sudo)' >/etc/sudoers.d/\(name)")
        }
    }

    deinit {
        if hasSudo { unlink("/etc/sudoers.d/\(name)") }
        try? Self.shell("for n in 1 2 3 4 5 6 7 8; do userdel -f \(name) && exit; sleep 0.2; done")
    }

    private static func shell(_ script: String) throws(ChildProcess.Failure) {
        try ChildProcess.run(["/bin/sh", "-c", script])
    }
}
