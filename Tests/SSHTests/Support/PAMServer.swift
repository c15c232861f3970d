import Glibc
import Synchronization
import TestSupport

/// A real sshd whose logins go through PAM, with a service of its own so that the machine's is left alone.
///
/// sshd takes the service's name from a setting or, before 9.8, from its own: it runs under another one here.
final class PAMServer: Sendable {
    private static let counter = Atomic(0)

    let server: OpenSSHServer
    private let directory: TemporaryDirectory
    private let service: String

    /// - Parameter account: the module that decides, once somebody is known, whether they are let in.
    init(config: [String], account: String = "pam_unix.so") throws {
        let name = "harun-sshd-\(getpid())-\(Self.counter.add(1, ordering: .relaxed).newValue)"
        service = "/etc/pam.d/\(name)"
        directory = try TemporaryDirectory()
        try ChildProcess.run(["/bin/ln", "-s", "/usr/sbin/sshd", directory.file(name)])
        let rules =
            ["auth", "password"].map { "\($0) required pam_unix.so" }
            + ["account required \(account)", "session required pam_permit.so"]
        try directory.write("pam", rules.joined(separator: "\n") + "\n")
        try ChildProcess.run(["/usr/bin/install", "-m", "644", directory.file("pam"), service])
        do {
            let isSplit = OpenSSHServer.isSplit
            let more = ["UsePAM yes"] + (isSplit ? ["PAMServiceName \(name)"] : [])
            server = try OpenSSHServer(
                extraConfig: config + more, program: isSplit ? "/usr/sbin/sshd" : directory.file(name))
        } catch {
            unlink(service)
            throw error
        }
    }

    deinit { unlink(service) }
}
