import Glibc

/// The bytes of a file of the operator's machine, read in one go and up to a bound.
struct TextFile {
    /// Why there are none.
    enum Failure: Error, Hashable, CustomStringConvertible {
        case system(Int32)
        case directory
        case tooLarge(mostBytes: Int)

        var description: String {
            switch self {
            case .system(let code): String(cString: strerror(code))
            case .directory: "it is a folder"
            case .tooLarge(let mostBytes): "it is larger than \(mostBytes) bytes"
            }
        }
    }

    let bytes: [UInt8]
    /// The permission bits of the very file that was read, not of one put in its place since.
    let mode: UInt16

    init(path: String, mostBytes: Int) throws(Failure) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(errno) }
        if status.st_mode & S_IFMT == S_IFDIR { throw .directory }
        mode = UInt16(truncatingIfNeeded: status.st_mode & 0o7777)
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(errno) }
            if count == 0 { break }
            bytes += buffer[..<count]
            if bytes.count > mostBytes { throw .tooLarge(mostBytes: mostBytes) }
        }
        self.bytes = bytes
    }
}
