extension Verdict {
    /// Whether nothing may be done because of it.
    package var isObstacle: Bool {
        switch self {
        case .refused, .failed: true
        case .satisfied, .needed: false
        }
    }
}
