import ArgumentParser

extension Signals {
    /// Does work that only reads: the first signal ends it, and its scripts on the nodes, the second ends harun.
    ///
    /// - Throws: what the work throws; an exit with code 130 where it was interrupted.
    static func reading(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let task = Task { try await work() }
        react(
            Reaction {
                // What a look that was cut short would tell is no result.
                Console.mute()
                Console.errNow("\nending the look at the nodes; once more to stop at once")
                task.cancel()
            } again: {
                end()
            })
        let result = await task.result
        if task.isCancelled { throw ExitCode(130) }
        react(nil)
        try result.get()
    }
}
