/// What a session remembers of its peer's signs of life.
struct Liveness {
    /// The socket became readable since the last look.
    var sawInput = false
    /// Looks in a row without any input.
    var silentTicks = 0
    /// A ping was sent and not answered yet; it holds the session's lane.
    var isPinging = false
    /// The regular look.
    var tick: UInt64?
    /// The look that reads input which arrived with nobody waiting.
    var idleRead: UInt64?
}
