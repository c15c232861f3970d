import Transport

/// How long a fence of each of two nodes waits, so that two that lose each other do not shoot at the same moment.
///
/// The node that runs the resources survives: the scheduler adds ``priority`` to the fence of the node whose resources
/// have the higher priority in sum. Without resources, or where both run some of the same weight, the device's own
/// delay decides, and the first node survives. Nothing is random: whole seconds at random are equal too often.
///
/// Both delays add up, so that the longest fence waits 20 s and the shortest none. Between the two shots lie 10 s at
/// least where resources run, 5 s where none do; in this time the first shot is written, read by the other's sbd within
/// its 1 s, and carried out. More than two nodes have a majority, and Pacemaker lets no minority fence.
///
/// Source: Pacemaker's `node_priority_fencing_delay` and `get_action_delay_base`, the same in 2.1.5 and 3.0.0.
struct FencingDelays {
    /// The device's attribute: how long it waits before it fences which node.
    static let device = "pcmk_delay_base"
    /// The device's random delay, which harun set once and which must not be added any more.
    static let random = "pcmk_delay_max"
    /// The property of the cluster.
    static let cluster = "priority-fencing-delay"
    /// Twice the device's longest delay would do; the rest is for a node that notices the loss later than the other.
    static let priority = "15s"
    /// How long a fence of the first node waits.
    private static let first = "5s"
    /// Seconds that the longest fence waits.
    ///
    /// Pacemaker 2.1.5 counts them against `stonith-timeout`; 3.0.0 adds them itself.
    static let longest = 20

    /// As Pacemaker reads it: `nodo1:5s;nodo2:0s`.
    ///
    /// It takes the first entry that the node's name *begins* with: of `node` and `node2` the longer must come first.
    let map: String

    /// Nil but for two nodes.
    init?(_ nodes: [NodeName]) {
        guard nodes.count == 2, let favoured = nodes.first else { return nil }
        map =
            nodes
            .map { (name: $0.text, delay: $0 == favoured ? Self.first : "0s") }
            .sorted { $0.name.utf8.count > $1.name.utf8.count }
            .map { "\($0.name):\($0.delay)" }.joined(separator: ";")
    }
}
