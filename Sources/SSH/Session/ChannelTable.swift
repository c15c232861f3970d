/// The channels of one session: how many are in use, how many may be, and which are on their way out.
struct ChannelTable {
    /// OpenSSH allows 10 a connection (`MaxSessions`): 8 for commands, 1 kept free for killing them.
    var limit = 8
    /// Since when the server has refused every open, with no other channel to blame.
    var refusedSince: ContinuousClock.Instant?
    /// Channels of commands under way, those that are being closed included.
    var inUse: Int { active + closing.count }
    /// Channels whose command is under way.
    var active = 0
    /// Channels whose command is over and whose close the server has not confirmed.
    var closing: [OpaquePointer] = []
    /// Commands that wait for a channel.
    var queue = TurnQueue()
    /// Ends a session that has nothing but unconfirmed closes, while a command waits for one of them.
    var cut: UInt64?
}
