import ArgumentParser

/// What goes wrong at the failpoint.
enum Fault: String, ExpressibleByArgument, CaseIterable {
    /// This process is killed. Counted at each write to the journal, before and after, and at each command:
    /// before it is sent, as soon as it runs, and when its reply is on the way.
    case kill
    /// The node loses its power as soon as a command runs. Counted at each command.
    case crash
    /// The connection ends: before the node hears of a command, as soon as it runs, or before its reply comes.
    case cut
    /// The disk with the journal is full. Counted before each write to the journal.
    case full

    /// Whether it is counted at writes to the journal.
    var concernsJournal: Bool { self == .kill || self == .full }
    /// Whether it is counted at commands.
    var concernsNodes: Bool { self != .full }
}
