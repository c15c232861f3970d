import Foundation
import Steps

@testable import Actions

/// Runs a script with ``ScriptPrelude`` on this machine, as a node would.
func shell(_ script: String, input: String = "", environment: [String: String] = [:]) throws -> (
    code: UInt8, output: String
) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try input.write(to: folder.appending(path: "in"), atomically: true, encoding: .utf8)
    try Data().write(to: folder.appending(path: "out"))
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "\(ScriptPrelude.text)\n\(script)\n"]
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = try FileHandle(forReadingFrom: folder.appending(path: "in"))
    let sink = try FileHandle(forWritingTo: folder.appending(path: "out"))
    process.standardOutput = sink
    process.standardError = sink
    try process.run()
    process.waitUntilExit()
    return (
        UInt8(truncatingIfNeeded: process.terminationStatus),
        try String(contentsOf: folder.appending(path: "out"), encoding: .utf8)
    )
}
