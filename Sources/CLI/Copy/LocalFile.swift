import Foundation

/// A path of this machine, as it is right now.
struct LocalFile {
    enum Kind: Hashable {
        case file, folder
        /// A device, a pipe, a socket.
        case other
        /// Nothing, or nothing that may be looked at, for this reason.
        case missing(String)
    }

    let path: String
    let kind: Kind
    /// Permission bits of a file, without those that lend its owner's rights: they are not lent to another machine's root.
    let mode: UInt16
    let size: Int

    init(_ path: String) {
        self.path = path
        var status = stat()
        guard stat(path, &status) == 0 else {
            kind = .missing(String(cString: strerror(errno)))
            (mode, size) = (0, 0)
            return
        }
        mode = UInt16(status.st_mode & 0o777)
        size = Int(status.st_size)
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .file
        case S_IFDIR: kind = .folder
        default: kind = .other
        }
    }

    /// The path from the root in its shortest spelling: what a transfer left is found again by the target's whole name.
    static func absolute(_ path: String) -> String {
        let isAbsolute = path.utf8.first == UInt8(ascii: "/")
        return PathText(isAbsolute ? path : FileManager.default.currentDirectoryPath + "/" + path).text
    }

    /// Makes a folder with those above it; the ones that were made, innermost first.
    static func makeFolder(_ path: String) -> Result<[String], Failure> {
        var missing: [String] = []
        var folder = PathText(path).text
        while case .missing = LocalFile(folder).kind, !["", ".", "/"].contains(folder) {
            missing.append(folder)
            folder = PathText(folder).parent
        }
        for folder in missing.reversed() where mkdir(folder, 0o777) != 0 && errno != EEXIST {
            return .failure(Failure(reason: "\(folder): \(String(cString: strerror(errno))), on this machine"))
        }
        return .success(missing)
    }

    /// Removes those of some folders that are empty, innermost first.
    static func removeEmpty(_ folders: [String]) { for folder in folders { rmdir(folder) } }

    /// Why something could not be made.
    struct Failure: Error { var reason: String }
}
