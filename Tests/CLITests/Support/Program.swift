import Foundation
import TestSupport
import Testing

/// The built program, run as a user runs it.
struct Program {
    private let folder: TemporaryDirectory
    /// What stands in its environment besides.
    var environment: [String: String] = [:]

    init() throws { folder = try TemporaryDirectory() }

    /// The scratch folder that the program runs in.
    var path: String { folder.path }

    /// Writes a file into the scratch folder.
    func write(_ name: String, _ text: String) throws {
        try FileManager.default.createDirectory(
            atPath: ("\(folder.path)/\(name)" as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try text.write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
    }

    /// The name of the run whose beginning the program printed.
    static func runName(in output: String) throws -> String {
        String(try #require(output.firstMatch(of: /run (\d{8}-\d{6}-\w{4}):/)).output.1)
    }

    /// The program that the tests were built with.
    static var executable: URL {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("harun")
        if FileManager.default.isExecutableFile(atPath: beside.path) { return beside }
        return Bundle(for: Anchor.self).bundleURL.deletingLastPathComponent().appendingPathComponent("harun")
    }

    /// Runs `harun`; standard input is no terminal.
    ///
    /// - Parameter input: a file for standard input, which is empty otherwise.
    func run(_ arguments: String..., input: String? = nil) throws -> (code: Int32, out: String, err: String) {
        try run(Self.executable, arguments, input: input)
    }

    /// Runs `harun` with arguments that were put together before.
    func run(_ arguments: [String]) throws -> (code: Int32, out: String, err: String) {
        try run(Self.executable, arguments)
    }

    /// Runs a line of shell with `harun` in its path, in the scratch folder.
    func shell(_ line: String) throws -> (code: Int32, out: String, err: String) {
        try run(URL(fileURLWithPath: "/bin/bash"), ["-c", line + "\nexit $?"])
    }

    /// A program with these arguments, not started yet; standard input is empty and no terminal.
    func process(_ program: URL, _ arguments: [String]) -> Process {
        let process = Process()
        process.executableURL = program
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = [
            "HARUN_STATE_DIR": "\(folder.path)/state", "HOME": folder.path,
            "PATH": "\(Self.executable.deletingLastPathComponent().path):/usr/bin:/bin",
        ].merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        return process
    }

    private func run(
        _ program: URL, _ arguments: [String], input: String? = nil
    ) throws -> (code: Int32, out: String, err: String) {
        let process = process(program, arguments)
        if let input { process.standardInput = FileHandle(forReadingAtPath: input) ?? FileHandle.nullDevice }
        let out = "\(folder.path)/stdout"
        let err = "\(folder.path)/stderr"
        for path in [out, err] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
        process.standardOutput = FileHandle(forWritingAtPath: out)
        process.standardError = FileHandle(forWritingAtPath: err)
        try process.run()
        process.waitUntilExit()
        return (
            process.terminationStatus, try String(contentsOfFile: out, encoding: .utf8),
            try String(contentsOfFile: err, encoding: .utf8)
        )
    }

    private final class Anchor {}
}
