import ArgumentParser

/// Runs the real engine on simulated nodes: what the crash tests kill, and what the benchmark measures.
///
/// A program of the tests and never installed.
@main
struct Trial: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trial", abstract: "The engine on simulated nodes, for tests and measurements.",
        subcommands: [CrashCommand.self, EngineCommand.self])
}
