/// How long a node that does not answer any more is waited for before the run stops with everything intact.
///
/// What its node was doing has no outcome then; the run can be resumed, which looks at the node first.
package struct Patience: Sendable, Hashable {
    /// A node that was lost in the middle of a short step.
    package var lost: Duration
    /// A node whose long command is followed, which goes on there by itself: long enough for a reboot and for
    /// a cable that was pulled, far shorter than the command may take.
    package var following: Duration
    /// Any node, from the moment on in which the operator asked the run to stop.
    package var stopping: Duration

    package init(
        lost: Duration = .seconds(60), following: Duration = .seconds(300), stopping: Duration = .seconds(5)
    ) {
        self.lost = lost
        self.following = following
        self.stopping = stopping
    }

    /// One try to reach a node, and none again.
    package static let zero = Patience(lost: .zero, following: .zero, stopping: .zero)
}
