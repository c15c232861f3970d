import Glibc

/// Why a small file could not be read.
struct FileError: Error, Sendable, CustomStringConvertible {
    let code: CInt
    var description: String { String(cString: strerror(code)) }
    var isMissing: Bool { code == ENOENT || code == ENOTDIR }
    /// The same in words that say on which side it happened.
    var ofThisMachine: String {
        switch code {
        case EINVAL: "not a regular file, on this machine"
        case ESTALE: "it became shorter while it was read, on this machine"
        case EEXIST: "its hidden file belongs to somebody else, on this machine"
        default: "\(description), on this machine"
        }
    }
}

/// Reads small files without Foundation.
///
/// Blocks: for ``BlockingPool`` only.
enum FileContent {
    /// The whole file, which must not be larger than `limit`.
    static func read(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(code: errno) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw FileError(code: errno)
            }
            bytes.append(contentsOf: buffer[0..<count])
            guard bytes.count <= limit else { throw FileError(code: EFBIG) }
        }
    }

    /// What changes whenever the file does: modification time, size and inode.
    static func signature(_ path: String) -> [Int]? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, Int(status.st_size), Int(status.st_ino)]
    }
}
