import Foundation
import Testing

@testable import Transport

@Suite("secrets")
struct SecretSourceTests {
    private func file(_ content: String, mode: Int = 0o600) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)").path
        try Data(content.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    private func failure(_ source: SecretSource) -> String {
        do throws(SecretError) {
            return "read: \(try source.read())"
        } catch {
            return error.description
        }
    }

    @Test("a file's only line, without its end", arguments: ["secret", "secret\n", "secret\r\n"])
    func fileContent(content: String) throws {
        let path = try file(content)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(try SecretSource.file(path).read() == "secret")
    }

    @Test("a file that others can read is not used", arguments: [0o644, 0o640, 0o604, 0o620])
    func exposed(mode: Int) throws {
        let path = try file("secret", mode: mode)
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(
            failure(.file(path))
                == "\(path) can be read by others (mode 0\(String(mode, radix: 8))); type: chmod 600 \(path)")
    }

    @Test("what is no secret is told without showing it", arguments: ["", "\n", "two\nlines", "tab\there"])
    func malformed(content: String) throws {
        let path = try file(content)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let message = failure(.file(path))
        #expect(message.hasPrefix("the secret in \(path) "))
        #expect(!message.contains("lines\n") && !message.contains("here"))
    }

    @Test("absent files, folders and variables are errors")
    func absent() {
        #expect(failure(.file("/no/such/file")).hasPrefix("/no/such/file cannot be read"))
        #expect(failure(.file("/tmp")) == "/tmp cannot be read: it is not a file")
        #expect(failure(.env("HARUN_NO_SUCH_VARIABLE")) == "the environment variable HARUN_NO_SUCH_VARIABLE is not set")
    }

    @Test("a variable's value")
    func variable() throws {
        setenv("HARUN_TEST_SECRET", "value", 1)
        #expect(try SecretSource.env("HARUN_TEST_SECRET").read() == "value")
    }
}
