import Transport

/// A user other than root who runs everything as root, and how.
struct Elevation: Sendable, Hashable {
    let user: String
    let way: SudoWay

    /// Nil for root, who needs nobody's leave.
    init?(of endpoint: Endpoint) {
        guard endpoint.user != "root" else { return nil }
        user = endpoint.user
        way = endpoint.sudo
    }

    /// By which way, for the log.
    var words: String {
        switch way {
        case .all: "\(user) becomes it by sudo -n"
        case .wrapper: "\(user) becomes it by sudo -n \(SudoWay.wrapperPath), which writes down each script"
        }
    }

    /// The error where one of these lines is a refusal by `sudo`, or by the wrapper itself; nil where none is.
    func refusal(in words: [String]) -> TransportError? {
        switch way {
        case .all: SudoWords.refusal(in: words).map { .sudoRefused(user: user, reason: $0) }
        case .wrapper:
            SudoWords.refusal(in: words, wrapped: true).map { .wrapperRefused(user: user, reason: $0) }
        }
    }
}
