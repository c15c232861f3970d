package import Documents
import Transport

/// The operator's ssh_config and the system's: how `ssh HOST` would reach a host.
///
/// Place in the flow: parsed once while an inventory is read, asked for every node and jump host; what the
/// inventory itself says wins. Equality with OpenSSH is tested against `ssh -G`.
package struct ClientConfig: Sendable {
    /// The machine that the files are from.
    package let files: ConfigFiles
    /// What is wrong with the files, in their order; OpenSSH would refuse them too.
    package let problems: [Diagnostic]
    private let roots: [ConfigFile]
    /// Whether a `Match final` stands anywhere.
    private let hasFinal: Bool

    private init(files: ConfigFiles, problems: [Diagnostic], roots: [ConfigFile], hasFinal: Bool) {
        self.files = files
        self.problems = problems
        self.roots = roots
        self.hasFinal = hasFinal
    }

    /// A machine without any.
    package static func empty(_ files: ConfigFiles) -> ClientConfig {
        ClientConfig(files: files, problems: [], roots: [], hasFinal: false)
    }

    /// Reads the user's file, then the system's; either may be missing.
    package static func load(
        user: String?, system: String?, checksOwner: Bool = true, in files: ConfigFiles
    ) -> ClientConfig {
        var problems: [Diagnostic] = []
        var roots: [ConfigFile] = []
        var hasFinal = false
        for (path, isUserFile) in [(user, true), (system, false)] {
            guard let path else { continue }
            var parser = ConfigParser(files, isUserFile: isUserFile)
            if let root = parser.file(path, checksOwner: checksOwner && isUserFile) { roots.append(root) }
            problems += parser.problems
            hasFinal = hasFinal || parser.hasFinal
        }
        return ClientConfig(files: files, problems: problems, roots: roots, hasFinal: hasFinal)
    }

    /// `~/.ssh/config` and `/etc/ssh/ssh_config`.
    package static func live(home: String) -> ClientConfig {
        load(user: home + "/.ssh/config", system: "/etc/ssh/ssh_config", in: .live(home: home))
    }

    /// What the files say of a host.
    ///
    /// - Parameters:
    ///   - host: as it would be typed behind `ssh`.
    ///   - user: the remote user, where that is settled elsewhere.
    ///   - defaultUser: the remote user where nobody names one.
    ///   - notes: gets what harun does not honour, where it would hold for this host.
    package func options(
        for host: String, user: String? = nil, defaultUser: String, notes: inout [Diagnostic]
    ) -> HostOptions {
        var walk = Walk(host: host, defaultUser: defaultUser, localUser: files.user)
        walk.options.user = user
        for root in roots { walk.visit(root) }
        if hasFinal || walk.options.canonicalizesHostName == true {
            walk.isFinal = true
            for root in roots { walk.visit(root) }
        }
        notes += walk.notes
        return walk.options
    }
}

/// The reading of all files for one host, once or, as OpenSSH does for `Match final`, twice.
private struct Walk {
    let host: String
    let defaultUser: String
    let localUser: String
    var options = HostOptions()
    /// Whether this is the second pass, in which the host has its final name and keeps it.
    var isFinal = false {
        didSet { resolved = HostText.canonical(options.hostName.map { Tokens.host($0.value, host) } ?? host) }
    }
    private(set) var notes: [Diagnostic] = []
    /// The host's final name, once it is settled.
    private var resolved: String?

    init(host: String, defaultUser: String, localUser: String) {
        self.host = host
        self.defaultUser = defaultUser
        self.localUser = localUser
    }

    /// Reads one root file; each begins with what holds for everybody.
    mutating func visit(_ file: ConfigFile) {
        var isActive = true
        visit(file, isActive: &isActive, never: false)
    }

    private mutating func visit(_ file: ConfigFile, isActive: inout Bool, never: Bool) {
        for line in file.lines {
            switch line.statement {
            case .section(let rule):
                isActive = !never && rule.isMet(by: subject)
                guard !never, !rule.unevaluated.isEmpty, rule.whatIsEvaluatedIsMet(by: subject) else { continue }
                note(
                    "harun does not evaluate Match \(rule.unevaluated.joined(separator: ", ")): what follows is "
                        + "left out", at: file.location(line))
            case .set(let setting):
                guard isActive else { continue }
                if case .hostName = setting, isFinal { continue }
                noteConsequence(of: setting, at: file.location(line))
                options.take(setting, at: file.location(line))
            case .include(let files):
                // What an included file begins does not go on behind it.
                let wasActive = isActive
                for included in files {
                    visit(included, isActive: &isActive, never: never || !wasActive)
                    isActive = wasActive
                }
            }
        }
    }

    /// Says what harun does not honour, where it would hold.
    private mutating func noteConsequence(of setting: Setting, at place: SourceLocation) {
        switch setting {
        case .unsupported(let keyword, let consequence):
            note("\(keyword) is not honoured: \(consequence)", at: place)
        case .canonicalizeHostName(true) where options.canonicalizesHostName == nil:
            note("CanonicalizeHostname is not honoured: names are used as they are; write HostName", at: place)
        case .proxyCommand(isNone: false) where options.jumps == nil:
            note("ProxyCommand is not honoured: harun starts no other program to connect; use ProxyJump", at: place)
        default: break
        }
    }

    /// Says it once, however often a file is read.
    private mutating func note(_ message: String, at place: SourceLocation) {
        let note = Diagnostic(message, at: place)
        if !notes.contains(note) { notes.append(note) }
    }

    private var subject: MatchRule.Subject {
        let name = resolved ?? options.hostName.map { Tokens.host($0.value, host) } ?? host
        return MatchRule.Subject(
            originalHost: host, hostOfHostLines: resolved ?? host, host: name, user: options.user ?? defaultUser,
            localUser: localUser, isFinal: isFinal)
    }
}
