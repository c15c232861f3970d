import Glibc

/// Adds lines to a known_hosts file so that it is whole at any instant.
package enum KnownHostsWriter {
    /// Why nothing was written.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private static let mostBytes = 1 << 26

    /// Adds lines behind what is there, which stays byte for byte; the file is its owner's alone afterwards.
    ///
    /// A new file takes the old one's place in one step. Behind a symbolic link that is the file it points to;
    /// anything but a file, such as `/dev/null`, is refused: it must not be replaced.
    package static func append(_ lines: [String], to path: String) throws(Failure) {
        let path = try target(path)
        var bytes: [UInt8] = []
        var owner: (uid_t, gid_t)?
        var status = stat()
        if stat(path, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFREG else { throw Failure(description: "\(path) is not a file") }
            owner = (status.st_uid, status.st_gid)
            do throws(FileError) {
                bytes = try FileContent.read(path, limit: mostBytes)
            } catch {
                throw Failure(description: "\(path) cannot be read: \(error)")
            }
        }
        if let last = bytes.last, last != UInt8(ascii: "\n") { bytes.append(UInt8(ascii: "\n")) }
        for line in lines { bytes.append(contentsOf: Array((line + "\n").utf8)) }
        try write(bytes, over: path, owner: owner)
    }

    /// The file that is really meant, and its folder made if need be.
    private static func target(_ path: String) throws(Failure) -> String {
        if let real = realpath(path, nil) {
            defer { free(real) }
            return String(cString: real)
        }
        guard errno == ENOENT else { throw Failure(description: "\(path): \(String(cString: strerror(errno)))") }
        var status = stat()
        if lstat(path, &status) == 0 { throw Failure(description: "\(path) is a link to nothing") }
        let folder = folder(of: path)
        if stat(folder, &status) != 0, mkdir(folder, 0o700) != 0 {
            throw Failure(description: "\(folder) cannot be made: \(String(cString: strerror(errno)))")
        }
        return path
    }

    private static func folder(of path: String) -> String {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        return parts.count < 2
            ? (path.hasPrefix("/") ? "/" : parts.first.map(String.init) ?? ".")
            : parts.joined(separator: "/")
    }

    private static func write(
        _ bytes: [UInt8], over path: String, owner: (uid_t, gid_t)?
    ) throws(Failure) {
        var name = Array("\(path).XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        let temporary = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        func failure(_ what: String) -> Failure {
            Failure(description: "\(path) cannot be \(what): \(String(cString: strerror(errno)))")
        }
        guard descriptor >= 0 else { throw failure("written") }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var isPlaced = false
        defer {
            close(descriptor)
            if !isPlaced { unlink(temporary) }
        }
        // Run with sudo, the user's own file must stay the user's.
        if let owner, owner != (geteuid(), getegid()) { _ = fchown(descriptor, owner.0, owner.1) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("written") }
            rest = rest.dropFirst(count)
        }
        guard fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0 else { throw failure("written") }
        guard rename(temporary, path) == 0 else { throw failure("replaced") }
        isPlaced = true
        let directory = open(folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }
}
