import Transport

/// What a `Host` or `Match` line asks of a connection.
struct MatchRule: Sendable {
    /// What is known of a connection while a file is read.
    struct Subject {
        /// The host as it was asked for.
        var originalHost: String
        /// The host as `Host` lines see it: as it was asked for, and in a second pass by its `HostName`.
        var hostOfHostLines: String
        /// The host by the `HostName` found so far.
        var host: String
        /// The remote user found so far.
        var user: String
        var localUser: String
        /// Whether the files are read a second time.
        var isFinal: Bool
    }

    /// One word of a `Host` line.
    struct HostGlob: Sendable {
        let isNegated: Bool
        let glob: [UInt8]

        init(_ word: String) {
            isNegated = word.hasPrefix("!")
            glob = Array((isNegated ? word.dropFirst() : word[...]).utf8)
        }
    }

    enum Criterion: Sendable {
        case all
        /// `final` and `canonical`, which only a second pass meets.
        case final
        case host(PatternList)
        case originalHost(PatternList)
        case user(PatternList)
        case localUser(PatternList)
        /// One that harun does not evaluate: never met.
        case unsupported(String)
        /// The patterns of a `Host` line: any of them, and none of the negated ones.
        case patterns([HostGlob])
    }

    var criteria: [(criterion: Criterion, isNegated: Bool)]

    /// Whether every criterion is met; one that harun does not evaluate never is.
    func isMet(by subject: Subject) -> Bool {
        unevaluated.isEmpty && whatIsEvaluatedIsMet(by: subject)
    }

    /// The criteria that harun does not evaluate.
    var unevaluated: [String] {
        criteria.compactMap { criterion, _ in
            if case .unsupported(let name) = criterion { name } else { nil }
        }
    }

    /// Whether the other criteria are met, so that those decide.
    func whatIsEvaluatedIsMet(by subject: Subject) -> Bool {
        criteria.allSatisfy { criterion, isNegated in
            switch criterion {
            case .all: !isNegated
            case .final: subject.isFinal != isNegated
            case .host(let list): list.matches(subject.host) != isNegated
            case .originalHost(let list): list.matches(subject.originalHost) != isNegated
            case .user(let list): list.matches(subject.user) != isNegated
            case .localUser(let list): list.matches(subject.localUser) != isNegated
            case .unsupported: true
            case .patterns(let patterns): Self.isMeant(subject.hostOfHostLines, by: patterns)
            }
        }
    }

    /// `Host` differs from `Match`: it stops at the first negated pattern that matches, and keeps capitals.
    private static func isMeant(_ host: String, by patterns: [HostGlob]) -> Bool {
        let host = Array(host.utf8)
        var isMeant = false
        for pattern in patterns where Glob.matches(host, pattern.glob) {
            if pattern.isNegated { return false }
            isMeant = true
        }
        return isMeant
    }
}
