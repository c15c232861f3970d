import Glibc

/// The operator's machine as ssh_config files know it: files, and what `%` tokens stand for.
///
/// Handed in, so that tests need neither a home folder nor an environment of their own.
package struct ConfigFiles: Sendable {
    /// A file's bytes, and whether OpenSSH would refuse it as one that others may write; a folder has no bytes.
    package struct Content: Sendable {
        package var bytes: [UInt8]
        package var isExposed: Bool

        package init(bytes: [UInt8], isExposed: Bool = false) {
            self.bytes = bytes
            self.isExposed = isExposed
        }
    }

    /// Why a file that exists cannot be read.
    package struct Unreadable: Error {
        package var reason: String

        package init(reason: String) { self.reason = reason }
    }

    package var home: String
    package var user: String
    package var uid: String
    package var hostName: String
    package var environment: @Sendable (_ name: String) -> String?
    /// Nil where there is no file.
    package var read: @Sendable (_ path: String) throws(Unreadable) -> Content?
    /// The paths that a pattern of the shell's kind means, sorted.
    package var glob: @Sendable (_ pattern: String) -> [String]

    package init(
        home: String, user: String = "root", uid: String = "0", hostName: String = "localhost",
        environment: @escaping @Sendable (String) -> String? = { _ in nil },
        read: @escaping @Sendable (String) throws(Unreadable) -> Content?,
        glob: @escaping @Sendable (String) -> [String]
    ) {
        self.home = home
        self.user = user
        self.uid = uid
        self.hostName = hostName
        self.environment = environment
        self.read = read
        self.glob = glob
    }

    /// This machine.
    package static func live(home: String) -> ConfigFiles {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let hostName = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let user = getpwuid(getuid()).map { String(cString: $0.pointee.pw_name) }
        return ConfigFiles(
            home: home, user: user ?? "root", uid: String(getuid()), hostName: hostName,
            environment: { getenv($0).map { String(cString: $0) } }, read: liveRead, glob: liveGlob)
    }

    /// No configuration is longer.
    private static let mostBytes = 1 << 20

    private static func liveRead(_ path: String) throws(Unreadable) -> Content? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Unreadable(reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Unreadable(reason: String(cString: strerror(errno))) }
        let isExposed = FileWriters.live.areOthers(
            than: getuid(), owner: status.st_uid, group: status.st_gid, mode: status.st_mode)
        // OpenSSH opens a folder, as `Include config.d/*` meets one, and finds no line in it.
        if status.st_mode & S_IFMT == S_IFDIR { return Content(bytes: [], isExposed: isExposed) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Unreadable(reason: "it is not a file") }
        guard status.st_size <= mostBytes else { throw Unreadable(reason: "it is larger than \(mostBytes) bytes") }
        var bytes = [UInt8](repeating: 0, count: mostBytes)
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                Glibc.read(descriptor, buffer.baseAddress.map { $0 + length }, buffer.count - length)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Unreadable(reason: String(cString: strerror(errno))) }
            if count == 0 { break }
            length += count
        }
        return Content(bytes: Array(bytes.prefix(length)), isExposed: isExposed)
    }

    private static func liveGlob(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard Glibc.glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }
}
