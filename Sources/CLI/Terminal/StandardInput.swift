import ArgumentParser
import Foundation

/// This process's standard input, for commands that hand it on.
enum StandardInput {
    /// It is held in memory once for all nodes.
    private static let mostBytes = 256 << 20

    /// Reads it to its end.
    ///
    /// - Throws: an exit where it cannot be read or is too large.
    static func read() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(STDIN_FILENO, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw Console.failure("cannot read standard input: \(String(cString: strerror(errno)))", .usage)
            }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= mostBytes else {
                throw Console.failure("standard input has more than 256 MiB, too much for --stdin", .usage)
            }
        }
    }
}
