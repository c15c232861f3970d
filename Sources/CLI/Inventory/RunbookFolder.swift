import ArgumentParser
import Documents
import Foundation
import Runbooks

/// Finds runbooks: by path, or by name among those that come with harun.
enum RunbookFolder {
    /// Reads a runbook.
    ///
    /// - Parameter name: a folder, a `runbook.toml`, or the name of one that comes with harun.
    /// - Throws: an exit with code 65 after printing every error.
    static func load(_ name: String) throws -> Runbook {
        guard let path = find(name) else {
            throw Console.failure(
                "there is no runbook `\(name)`: looked for it as a folder and in \(roots.joined(separator: ", "))",
                next: "name the folder that holds its runbook.toml", .badInput)
        }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Console.failure("\(path) cannot be read as UTF-8 text", .badInput)
        }
        do throws(DiagnosticError) {
            return try Runbook(parsing: text, file: path)
        } catch {
            Console.err(error.description)
            throw ExitCode.badInput
        }
    }

    private static func find(_ name: String) -> String? {
        let candidates =
            name.hasSuffix(".toml")
            ? [name] : [name + "/runbook.toml"] + roots.map { "\($0)/\(name)/runbook.toml" }
        return candidates.first { FileManager.default.fileExists(atPath: $0) }
    }

    /// `$HARUN_RUNBOOKS`, the source tree that the program was built in, and where `make install` puts them.
    private static var roots: [String] {
        var roots: [String] = []
        if let path = ProcessInfo.processInfo.environment["HARUN_RUNBOOKS"], !path.isEmpty { roots.append(path) }
        guard let executable = Bundle.main.executableURL?.resolvingSymlinksInPath() else { return roots }
        var folder = executable.deletingLastPathComponent()
        roots.append(folder.deletingLastPathComponent().path + "/share/harun/runbooks")
        for _ in 0..<5 {
            folder = folder.deletingLastPathComponent()
            if FileManager.default.fileExists(atPath: folder.path + "/Package.swift") {
                roots.append(folder.path + "/runbooks")
            }
        }
        return roots
    }
}
