import Glibc

/// A fresh directory of a test, removed with everything in it at the end.
package final class TemporaryDirectory: Sendable {
    package let path: String

    package init() throws(ChildProcess.Failure) {
        var template = Array("/tmp/harun-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { buffer -> String? in
            guard let start = buffer.baseAddress, mkdtemp(start) != nil else { return nil }
            return String(cString: start)
        }
        guard let made else { throw ChildProcess.Failure(description: "no temporary directory") }
        path = made
    }

    deinit { try? ChildProcess.run(["/bin/rm", "-rf", "--", path]) }

    /// The path of a file in it.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file and answers its path.
    @discardableResult
    package func write(_ name: String, _ text: String, mode: UInt32 = 0o600) throws(ChildProcess.Failure) -> String {
        try write(name, Array(text.utf8), mode: mode)
    }

    /// Writes a file and answers its path.
    @discardableResult
    package func write(_ name: String, _ bytes: [UInt8], mode: UInt32 = 0o600) throws(ChildProcess.Failure) -> String {
        try Self.write(bytes, to: file(name), mode: mode)
        return file(name)
    }

    /// Writes any file, open in this process alone: a program that a child inherited open could not be executed.
    static func write(_ bytes: [UInt8], to path: String, mode: UInt32) throws(ChildProcess.Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw ChildProcess.Failure(description: "cannot write \(path)") }
        defer { close(descriptor) }
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else { throw ChildProcess.Failure(description: "cannot write \(path)") }
            bytes = bytes.dropFirst(written)
        }
    }

    /// The content of a file, empty if it cannot be read.
    package func read(_ name: String) -> [UInt8] { Self.content(of: file(name)) }

    /// The content of any file, empty if it cannot be read.
    package static func content(of path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return content }
            content.append(contentsOf: buffer[0..<count])
        }
    }
}
