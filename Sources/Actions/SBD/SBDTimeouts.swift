import Documents

/// How long SBD waits, in whole seconds.
struct SBDTimeouts: Sendable, Hashable {
    /// A node whose sbd cannot read the disk or is stuck for so long is reset by its watchdog.
    var watchdog: Int
    /// After so long a written message counts as carried out: the node is off, one way or the other.
    var msgwait: Int

    /// The longest `msgwait` that is taken.
    static let longestMsgwait = 600

    /// Reads `watchdog_timeout` and `msgwait`; notes what is wrong.
    init?(reading with: TableReader) {
        let watchdog = with.integer("watchdog_timeout", in: 5...300) ?? 10
        let msgwait = with.integer("msgwait", in: 10...Self.longestMsgwait) ?? 2 * watchdog
        if msgwait < 2 * watchdog {
            with.fail(
                "`msgwait` must be at least twice `watchdog_timeout` (\(2 * watchdog)): a node that does not read "
                    + "its message any more must have been reset by its watchdog before it counts as off",
                at: with.location)
            return nil
        }
        self.watchdog = watchdog
        self.msgwait = msgwait
    }
}
