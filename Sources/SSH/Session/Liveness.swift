/// What a session remembers of its peer's signs of life.
struct Liveness {
    /// The socket became readable since the last look.
    var sawInput = false
    /// Everything received until the last look; what a call reads as it comes is never reported by the kernel.
    var bytesIn = 0
    /// Looks in a row without any input.
    var silentTicks = 0
    /// A ping was sent and not answered yet; it holds the session's lane.
    var isPinging = false
    /// The regular look.
    var tick: UInt64?
    /// The look that reads input which arrived with nobody waiting.
    var idleRead: UInt64?
}
