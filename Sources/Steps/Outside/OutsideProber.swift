/// Asks from the operator's machine, many times a second, whether something still answers.
///
/// The nodes' own clocks and words do not count for a measured outage; only what a user would see does.
package protocol OutsideProber: Sendable {
    /// Watches the targets for as long as the body runs.
    ///
    /// - Parameters:
    ///   - pause: between two questions to one target; answers may overlap.
    ///   - body: gets the watch, to mark events and to look at what was seen so far.
    /// - Returns: what the body returned, and everything that was seen, in the order of the targets.
    /// - Throws: what the body throws, or why the targets cannot be asked at all.
    func watch<T: Sendable>(
        _ targets: [OutsideTarget], every pause: Duration,
        during body: @Sendable (any OutsideWatch) async throws(ProcedureFailure) -> T
    ) async throws(ProcedureFailure) -> (result: T, timelines: [OutsideTimeline])
}

/// A watch that is going on.
package protocol OutsideWatch: Sendable {
    /// Since the watch began, by a clock that nobody sets.
    var elapsed: Duration { get }
    /// What was seen so far, in the order of the targets.
    var timelines: [OutsideTimeline] { get }
}

/// For engines without a network: every watch is refused, so nothing is measured that was not seen.
package struct NoProber: OutsideProber {
    package init() {}

    package func watch<T: Sendable>(
        _ targets: [OutsideTarget], every pause: Duration,
        during body: @Sendable (any OutsideWatch) async throws(ProcedureFailure) -> T
    ) async throws(ProcedureFailure) -> (result: T, timelines: [OutsideTimeline]) {
        throw ProcedureFailure("nothing here can ask from outside")
    }
}
