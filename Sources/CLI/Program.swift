import ArgumentParser

/// The command line's entry, for the executable that knows nothing else.
package enum Program {
    /// Parses the arguments, runs the command, and exits with its code.
    package static func run() async {
        Signals.watch()
        await HarunCommand.main()
    }

    /// The version that `harun --version` prints and the journal keeps.
    package static let version = "0.1.0"
}
