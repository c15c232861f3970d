import Glibc
import Inventory
import Testing
import Transport

@Suite("Files and secrets")
struct FileTests {
    /// Runs a test in a folder of its own and takes the folder away again.
    private func withFolder(_ body: (String) throws -> Void) throws {
        var template = Array("/tmp/harun-inventory-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { rmdir(folder) }
        try body(folder)
    }

    private func withFile(_ bytes: [UInt8], mode: mode_t = 0o600, _ body: (String) throws -> Void) throws {
        try withFolder { folder in
            let path = folder + "/file"
            let descriptor = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
            try #require(descriptor >= 0)
            try #require(write(descriptor, bytes, bytes.count) == bytes.count)
            try #require(fchmod(descriptor, mode) == 0)
            close(descriptor)
            defer { unlink(path) }
            try body(path)
        }
    }

    private func loadError(_ path: String) -> String {
        do throws(InventoryError) {
            _ = try Fleet.load(path: path)
            return ""
        } catch {
            return error.description
        }
    }

    private func secretError(_ source: SecretSource) -> String {
        do throws(SecretError) {
            _ = try source.read()
            return ""
        } catch {
            return error.description
        }
    }

    @Test("an inventory is read from its file, and paths in it are relative to it")
    func load() throws {
        let text = "[ssh]\nknown_hosts = \"hosts\"\nidentity = \"key\"\n" + Reading.node
        try withFile(Array(text.utf8)) { path in
            let fleet = try Fleet.load(path: path)
            #expect(fleet.sourceText == text)
            #expect(fleet.file == path)
            #expect(fleet.ssh.knownHosts == path.dropLast("file".count) + "hosts")
        }
    }

    @Test("a relative inventory path is relative to the working folder")
    func relative() {
        let folder = Surroundings.live(inventory: "a/./b.toml").directory
        #expect(folder.hasPrefix("/") && folder.hasSuffix("/a"))
        #expect(Surroundings.live(inventory: "/x//y/b.toml").directory == "/x/y")
        #expect(Surroundings.live(inventory: "/b.toml").directory == "/")
    }

    @Test("a file that cannot be read says why")
    func unreadable() throws {
        #expect(
            loadError("/nowhere/i.toml") == "the inventory /nowhere/i.toml cannot be read: No such file or directory")
        #expect(loadError("/tmp") == "the inventory /tmp cannot be read: it is a folder")
        try withFile([UInt8](repeating: 35, count: 1 << 20)) { path in
            #expect(loadError(path) == "\(path):1:1: error: the inventory needs a [[node]]")
        }
        try withFile([UInt8](repeating: 35, count: 1 << 20 + 1)) { path in
            #expect(loadError(path) == "the inventory \(path) cannot be read: it is larger than 1048576 bytes")
        }
        try withFile([0x61, 0xFF]) { path in
            #expect(loadError(path) == "\(path):1:2: error: the file is not UTF-8 text: a byte here is not valid")
        }
    }

    @Test("a secret comes from a file of one line that only its owner reads")
    func secretFile() throws {
        for text in ["hünter2", "hünter2\n", "hünter2\r\n"] {
            try withFile(Array(text.utf8)) { path in
                let secret = try SecretSource.file(path).read()
                #expect(secret == "hünter2")
            }
        }
        try withFile(Array("hunter2".utf8), mode: 0o644) { path in
            #expect(secretError(.file(path)) == "\(path) can be read by others (mode 0644); type: chmod 600 \(path)")
        }
        try withFile([]) { path in #expect(secretError(.file(path)) == "the secret in \(path) is empty") }
        try withFile(Array("\n".utf8)) { path in #expect(secretError(.file(path)) == "the secret in \(path) is empty") }
        try withFile(Array("a\nb".utf8)) { path in
            #expect(secretError(.file(path)) == "the secret in \(path) has several lines or control characters")
        }
        try withFile([0xFF]) { path in #expect(secretError(.file(path)) == "the secret in \(path) is not UTF-8 text") }
        #expect(secretError(.file("/nowhere")) == "/nowhere cannot be read: No such file or directory")
    }

    @Test("a secret comes from the environment, or has to be asked for")
    func secretVariable() {
        #expect(secretError(.env("HARUN_NO_SUCH_SECRET")) == "the environment variable HARUN_NO_SUCH_SECRET is not set")
        #expect(
            secretError(.terminal) == "the secret has to be asked for, and there is no terminal; give `env` or `file`")
        #expect(secretError(.env("PATH")) == "")
    }
}
