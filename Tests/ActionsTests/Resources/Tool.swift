import Foundation
import Testing

/// The real tools of Pacemaker (package pacemaker-cli-utils), which work on files without a cluster.
enum Tool {
    /// Whether the tools are here.
    ///
    /// Where `HARUN_REQUIRE_TOOLS=1` says that they must be, a missing one is not a reason to skip a
    /// test: the test then runs and fails.
    static let arePresent =
        ProcessInfo.processInfo.environment["HARUN_REQUIRE_TOOLS"] == "1"
        || ["crm_verify", "crm_simulate", "crm_diff", "cibadmin"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: "/usr/sbin/\($0)")
        }

    struct Result {
        var code: Int32
        var output: String
        var errors: String

        /// What a `blob` or `secret` line of the output holds.
        func blob(_ key: String) -> String? {
            for line in output.split(separator: "\n") {
                let words = line.split(separator: " ")
                guard words.count == 3, words[1] == key, let data = Data(base64Encoded: String(words[2])) else {
                    continue
                }
                return String(decoding: data, as: UTF8.self)
            }
            return nil
        }
    }

    /// Runs `sh` with that text; the streams are files, so that no pipe can fill up.
    ///
    /// What lies in the folder's `bin` is found before the system's commands.
    static func shell(_ text: String, in folder: URL, input: String = "", environment: [String: String] = [:]) throws
        -> Result
    {
        let streams = ["in", "out", "err"].map { folder.appendingPathComponent(".\($0)") }
        try Data(input.utf8).write(to: streams[0])
        for stream in streams.dropFirst() { try Data().write(to: stream) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", text]
        process.currentDirectoryURL = folder
        process.environment = ProcessInfo.processInfo.environment
            .merging(["LC_ALL": "C.UTF-8", "PATH": "\(folder.path)/bin:/usr/sbin:/usr/bin:/sbin:/bin"]) { $1 }
            .merging(environment) { $1 }
        process.standardInput = try FileHandle(forReadingFrom: streams[0])
        process.standardOutput = try FileHandle(forWritingTo: streams[1])
        process.standardError = try FileHandle(forWritingTo: streams[2])
        try process.run()
        process.waitUntilExit()
        return Result(
            code: process.terminationStatus, output: try String(contentsOf: streams[1], encoding: .utf8),
            errors: try String(contentsOf: streams[2], encoding: .utf8))
    }

    /// A folder of its own for one test, gone afterwards.
    static func withFolder<T>(_ body: (URL) throws -> T) throws -> T {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("harun-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }
}

extension Tool {
    /// Puts a shell script in the place of a command.
    static func replace(_ command: String, in folder: URL, with text: String) throws {
        let bin = folder.appending(path: "bin")
        try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
        let file = bin.appending(path: command)
        try Data("#!/bin/sh\n\(text)\n".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
}
