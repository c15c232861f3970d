/// What users of a service that runs would notice of a step, if it were done now.
///
/// A yes to a run is no yes to this: a cluster that has been in use for months may look unproven because of one
/// setting, and nobody who mends that setting expects its service to go away (docs/decisions/0023-outages-are-agreed-to.md).
package struct Outage: Sendable, Hashable {
    /// What is interrupted and how: `stops vm_shop on its node and starts it on another`.
    package var what: String
    /// How long the last one took, in words; nil where none was measured.
    package var last: String?
    /// Whether nothing but a proof is missing where the step is left out, so that a run goes on without it.
    ///
    /// Anything else that nobody agrees to is refused: the nodes would not become what the inventory asks for.
    package var isForProof: Bool

    package init(what: String, last: String? = nil, isForProof: Bool) {
        self.what = what
        self.last = last
        self.isForProof = isForProof
    }
}
