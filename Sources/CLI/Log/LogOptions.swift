import ArgumentParser
import Foundation
import Logging

/// What every command has that connects to nodes: the option that tells what is done on the way, and the variable beside it.
struct LogOptions: ParsableArguments {
    /// The words of the variable, the quietest first.
    private enum Word: String, CaseIterable {
        case info
        case debug
        case trace
    }

    private static let variable = "HARUN_LOG"

    @Flag(help: "Say on standard error what is done over SSH; HARUN_LOG=info, debug or trace says how much.")
    var verbose = false

    /// Begins to log where that is asked for: parsing does it, so that no command can forget it.
    func validate() throws { if let level = try level() { ConsoleLog.begin(level) } }

    /// The variable wins: who sets it for one call means it, and may not reach the command line of a script.
    private func level() throws -> Logger.Level? {
        guard let text = ProcessInfo.processInfo.environment[Self.variable], !text.isEmpty else {
            return verbose ? .debug : nil
        }
        switch Word(rawValue: text) {
        case .info?: return .info
        case .debug?: return .debug
        case .trace?: return .trace
        case nil:
            let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(Self.variable) is one of \(words), and not `\(text)`")
        }
    }
}
