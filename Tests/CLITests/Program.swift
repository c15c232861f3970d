import Foundation
import TestSupport

/// The built program, run as a user runs it.
struct Program {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    /// The scratch folder that the program runs in.
    var path: String { folder.path }

    /// Writes a file into the scratch folder.
    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: "\(folder.path)/\(name)", atomically: true, encoding: .utf8)
    }

    /// Runs `harun`; standard input is no terminal.
    ///
    /// - Parameter input: a file for standard input, which is empty otherwise.
    func run(_ arguments: String..., input: String? = nil) throws -> (code: Int32, out: String, err: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appendingPathComponent("harun")
        if !FileManager.default.isExecutableFile(atPath: process.executableURL?.path ?? "") {
            process.executableURL = Bundle(for: Anchor.self).bundleURL.deletingLastPathComponent()
                .appendingPathComponent("harun")
        }
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = ["HARUN_STATE_DIR": "\(folder.path)/state", "HOME": folder.path, "PATH": "/usr/bin:/bin"]
        process.standardInput = input.flatMap { FileHandle(forReadingAtPath: $0) } ?? FileHandle.nullDevice
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
