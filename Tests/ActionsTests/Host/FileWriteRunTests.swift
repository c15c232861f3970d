import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("file.write, for real", .enabled(if: geteuid() == 0))
struct FileWriteRunTests {
    private func withFolder(_ body: (URL, (Script?) throws -> UInt8) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        let state = folder.appending(path: "state")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder) { try shell("HARUN_STATE=\(state.path)\n\(#require($0).text)").code }
    }

    private func action(_ path: URL, content: String = "it's\n$HOME\n\n") throws -> FileWrite {
        try make(
            FileWrite.self, ["path": .string(path.path), "content": .string(content), "mode": .string("0640")])
    }

    @Test("a new file comes with its folders, and both go again")
    func new() throws {
        try withFolder { folder, run in
            let file = folder.appending(path: "a/b/c.conf")
            let action = try action(file)
            #expect(try run(action.probe("n")) == ScriptPrelude.needed)
            #expect(try run(action.apply("n", [:])) == 0)
            #expect(try run(action.apply("n", [:])) == 0, "twice, as after a lost connection")
            #expect(try String(contentsOf: file, encoding: .utf8) == "it's\n$HOME\n\n")
            #expect(try run(action.probe("n")) == ScriptPrelude.satisfied)
            #expect(try run(action.undo("n")) == 0)
            #expect(!FileManager.default.fileExists(atPath: folder.appending(path: "a").path))
        }
    }

    @Test("an old file comes back with its content and mode")
    func old() throws {
        try withFolder { folder, run in
            let file = folder.appending(path: "c.conf")
            try "before".write(to: file, atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
            let action = try action(file)
            #expect(try run(action.apply("n", [:])) == 0)
            #expect(try run(action.probe("n")) == ScriptPrelude.satisfied)
            #expect(try run(action.undo("n")) == 0)
            #expect(try String(contentsOf: file, encoding: .utf8) == "before")
            let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("what somebody changed since is not taken back, and links and folders are left alone")
    func refusals() throws {
        try withFolder { folder, run in
            let file = folder.appending(path: "c.conf")
            let action = try action(file)
            #expect(try run(action.apply("n", [:])) == 0)
            try "mine now".write(to: file, atomically: true, encoding: .utf8)
            #expect(try run(action.undo("n")) == ScriptPrelude.refused)
            let link = folder.appending(path: "link")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
            #expect(try run(self.action(link).probe("n")) == ScriptPrelude.refused)
            #expect(try run(self.action(folder).probe("n")) == ScriptPrelude.refused)
        }
    }
}

@Suite("systemd.unit reads systemd's answer")
struct SystemdUnitProbeTests {
    private func probe(_ key: String, _ shown: String, sockets: Bool = false) throws -> (code: UInt8, output: String) {
        let place = SourceLocation(file: "r", line: 1, column: 1)
        let units = Value.Content.array([
            Value(.string("a.service"), at: place), Value(.string("b.service"), at: place),
        ])
        let script = try make(SystemdUnit.self, pairs: [(key, units)]).probe("n").text
        let stub = "systemctl() { case $1 in show) printf '%s\\n' '\(shown)';; is-active) \(sockets);; esac; }"
        return try shell("\(stub)\n\(script)")
    }

    private static func block(_ file: String, _ active: String, _ triggers: String = "") -> String {
        "UnitFileState=\(file)\nActiveState=\(active)\nTriggeredBy=\(triggers)"
    }

    @Test(
        "of two units",
        arguments: [
            ("enable", block("enabled", "active"), true), ("enable", block("static", "active"), true),
            ("enable", block("disabled", "active"), false), ("enable", block("enabled", "inactive"), false),
            ("enable", block("", "inactive"), false), ("enable", block("masked", "inactive"), false),
            ("disable", block("disabled", "inactive"), true), ("disable", block("", "inactive"), true),
            ("disable", block("disabled", "active"), false), ("disable", block("enabled", "inactive"), false),
            ("disable_only", block("disabled", "active"), true), ("disable_only", block("enabled", "active"), false),
            ("mask", block("masked", "inactive"), true), ("mask", block("", "inactive"), false),
        ])
    func states(key: String, state: String, expected: Bool) throws {
        let good =
            ["enable": "enabled", "disable": "disabled", "disable_only": "disabled", "mask": "masked"][key] ?? ""
        let other = Self.block(good, key == "enable" ? "active" : "inactive")
        for shown in ["\(state)\n\n\(other)", "\(other)\n\n\(state)"] {
            let result = try probe(key, shown)
            #expect(result.code == (expected ? ScriptPrelude.satisfied : ScriptPrelude.needed), "\(result.output)")
        }
    }

    @Test("what a socket starts on demand may be idle")
    func idle() throws {
        let shown = Self.block("enabled", "inactive", "a.socket") + "\n\n" + Self.block("enabled", "active")
        #expect(try probe("enable", shown, sockets: true).code == ScriptPrelude.satisfied)
        #expect(try probe("enable", shown, sockets: false).code == ScriptPrelude.needed)
    }
}
