import Glibc
package import Transport

/// A real sshd whose programs, sudo rules, logs and harun's own folders are not this machine's, but a test's.
///
/// It runs in a mount namespace, where folders of the test lie over `/usr/local/sbin`, `/etc/sudoers.d`, `/var/log` and
/// `/var/lib`; the namespace ends with the last of its processes.
package final class HostOfItsOwn: Sendable {
    private static let places = ["usr/local/sbin", "etc/sudoers.d", "var/log", "var/lib"]

    package let server: OpenSSHServer
    package let user: TestUser
    private let folder: TemporaryDirectory

    /// Starts it, with a user who may do nothing as root yet.
    package init() throws(ChildProcess.Failure) {
        let folder = try TemporaryDirectory()
        self.folder = folder
        chmod(folder.path, 0o755)
        try ChildProcess.run(["/bin/mkdir", "-p"] + Self.places.map { folder.file("root/\($0)") })
        let mounts = Self.places.map { "mount --bind \(folder.file("root/\($0)")) /\($0)" }
        let program = try folder.write(
            "sshd",
            """
            #!/bin/sh
            exec unshare --mount --propagation private /bin/sh -c '\(mounts.joined(separator: " && ")) &&
                mount -t tmpfs tmpfs /run && mkdir /run/sshd && exec /usr/sbin/sshd "$@"' sh "$@"

            """, mode: 0o755)
        server = try OpenSSHServer(program: program)
        user = try TestUser()
    }

    /// Writes a file of the host.
    package func write(_ path: String, _ text: String, mode: UInt32 = 0o600) throws(ChildProcess.Failure) {
        try folder.write("root/" + path, text, mode: mode)
    }

    /// Lets the user run these programs as root, `ALL` or a path, in a file of its own.
    package func allow(_ program: String, file: String = "rule") throws(ChildProcess.Failure) {
        try write("etc/sudoers.d/\(file)", "\(user.name) ALL=(ALL) NOPASSWD: \(program)\n", mode: 0o440)
    }

    /// Puts `runbooks/sudo-wrapper/harun-root` of this source tree in its place, and the rule for it.
    package func installWrapper() throws(ChildProcess.Failure) {
        try write(
            "usr/local/sbin/harun-root", String(decoding: TemporaryDirectory.content(of: Self.wrapper), as: UTF8.self),
            mode: 0o755)
        try allow("\(SudoWay.wrapperPath)\nDefaults!\(SudoWay.wrapperPath) env_keep += \"SSH_CONNECTION\"")
    }

    /// The wrapper in this source tree.
    package static var wrapper: String {
        let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return parts.joined(separator: "/") + "/runbooks/sudo-wrapper/harun-root"
    }

    /// Where a path of the host lies on this machine.
    package func path(_ path: String) -> String { folder.file("root/" + path) }

    /// A file of the host as text, empty where it is not there.
    package func text(_ path: String) -> String { String(decoding: folder.read("root/" + path), as: UTF8.self) }

    /// How its user logs in, and becomes root in this way.
    package func endpoint(_ way: SudoWay) -> Endpoint {
        var endpoint = server.endpoint()
        endpoint.user = user.name
        endpoint.identityAgent = .none
        endpoint.sudo = way
        return endpoint
    }
}
