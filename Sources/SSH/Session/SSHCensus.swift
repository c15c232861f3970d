import Synchronization

/// What the SSH engine holds of the process, for tests to compare before and after.
///
/// Every operation holds its session, so a count of no sessions means no task that waits on one either.
package struct SSHCensus: Sendable, Hashable {
    /// libssh2 sessions that are not freed.
    package var sessions: Int
    /// Sockets that a loop watches.
    package var sockets: Int
    /// Deadlines that a loop keeps.
    package var deadlines: Int

    package init(sessions: Int = 0, sockets: Int = 0, deadlines: Int = 0) {
        self.sessions = sessions
        self.sockets = sockets
        self.deadlines = deadlines
    }

    /// Counts, after the loops of connections without a time of their own did what was asked of them before.
    package static func take() async -> SSHCensus {
        let load = await EventLoops.shared.load()
        return SSHCensus(
            sessions: SessionHandle.alive.load(ordering: .relaxed), sockets: load.sockets, deadlines: load.deadlines)
    }
}
