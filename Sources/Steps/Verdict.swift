/// What harun makes of a probe: whether there is something to do on a node, and why.
package enum Verdict: Sendable, Hashable {
    /// True already; nothing is done.
    case satisfied
    /// Not true yet, in words: `open-iscsi is not installed`.
    case needed(String)
    /// A guard forbids to go on: `/dev/sdb holds an ext4 file system`.
    case refused(String)
    /// The probe itself could not tell.
    case failed(String)
}

extension Verdict {
    /// The words behind the verdict, empty where it is satisfied.
    package var reason: String {
        switch self {
        case .satisfied: ""
        case .needed(let why), .refused(let why), .failed(let why): why
        }
    }
}
