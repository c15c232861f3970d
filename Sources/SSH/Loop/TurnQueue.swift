/// Operations that take turns at something of which a session has one, in order of arrival.
///
/// Whoever is first has the turn until it leaves. An operation that is ended while it waits leaves too, so
/// nobody is stuck behind it.
struct TurnQueue {
    private var ids: [UInt64] = []

    /// Somebody has the turn.
    var isBusy: Bool { !ids.isEmpty }

    /// Lines up; every join owes a ``leave(_:)``.
    mutating func join(_ id: UInt64) { ids.append(id) }

    /// Whether it is this one's turn.
    func isFirst(_ id: UInt64) -> Bool { ids.first == id }

    /// Gives up the turn, or the place in the line; unknown ids are ignored.
    mutating func leave(_ id: UInt64) { ids.removeAll { $0 == id } }
}
