import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// Scripts compared with the files in `Golden`, so that every change of a line that nodes run is seen.
///
/// `UPDATE_GOLDEN=1` writes the files anew. Each script must also be valid `sh` and please `shellcheck`
/// with ``ScriptPrelude`` in front, where that program is installed.
enum GoldenScripts {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
    private static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"
    private static let hasShellcheck =
        ProcessInfo.processInfo.environment["HARUN_REQUIRE_TOOLS"] == "1"
        || FileManager.default.isExecutableFile(atPath: "/usr/bin/shellcheck")

    /// Compares an action's probe, apply and undo on a node with `Golden/<name>.<part>.sh`.
    static func expect(
        _ action: some Action, on node: NodeName = "nodo1", _ observations: [NodeName: Observation] = [:],
        as name: String? = nil, at location: Testing.SourceLocation = #_sourceLocation
    ) throws {
        let name = name ?? type(of: action).kind
        let parts: [(String, Script?)] = [
            ("probe", action.probe(node)), ("apply", action.apply(node, observations)), ("undo", action.undo(node)),
        ]
        for case (let part, let script?) in parts { try expect(script, "\(name).\(part)", at: location) }
    }

    /// Compares one script with `Golden/<name>.sh`.
    static func expect(
        _ script: Script, _ name: String, at location: Testing.SourceLocation = #_sourceLocation
    ) throws {
        try expect(text: script.text + "\n", "\(name).sh", at: location)
        let whole = "\(ScriptPrelude.text)\n\(script.text)\n"
        let syntax = try check("/bin/sh", ["-n"], whole)
        #expect(syntax == nil, "\(name): \(syntax ?? "")", sourceLocation: location)
        guard hasShellcheck else { return }
        // Words of the prelude and of `lun_find` that a script has no use for, files of the node, lists of one.
        let arguments = ["--shell=sh", "--exclude=SC1091,SC2034,SC2043,SC2119,SC2120,SC2317", "--format=gcc", "-"]
        let complaints = try check("/usr/bin/shellcheck", arguments, whole)
        #expect(complaints == nil, "\(name): \(complaints ?? "")", sourceLocation: location)
    }

    /// Compares any text with the file of that name in `Golden`.
    static func expect(
        text: String, _ name: String, at location: Testing.SourceLocation = #_sourceLocation
    ) throws {
        let file = folder.appending(path: name)
        if isUpdating {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        let golden = try? String(contentsOf: file, encoding: .utf8)
        #expect(golden == text, "UPDATE_GOLDEN=1 writes \(name) anew", sourceLocation: location)
    }

    /// What the program objects to in the text, nil where it is content.
    private static func check(_ program: String, _ arguments: [String], _ text: String) throws -> String? {
        let input = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        let output = input.appendingPathExtension("out")
        defer { for file in [input, output] { try? FileManager.default.removeItem(at: file) } }
        try text.write(to: input, atomically: true, encoding: .utf8)
        try Data().write(to: output)
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardInput = try FileHandle(forReadingFrom: input)
        let sink = try FileHandle(forWritingTo: output)
        process.standardOutput = sink
        process.standardError = sink
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus == 0 { return nil }
        return try String(contentsOf: output, encoding: .utf8)
    }
}
