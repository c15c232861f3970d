import Documents

/// Reads ssh_config files with what they include, and collects everything that is wrong with them.
///
/// What OpenSSH would refuse is an error here too; an option that only harun does not know is a note.
struct ConfigParser {
    /// As in OpenSSH.
    private static let mostDepth = 16
    /// Includes that include one another several times grow without bound long before they are too deep.
    private static let mostFiles = 512

    private(set) var problems: [Diagnostic] = []
    /// Whether a `Match final` stands anywhere, so that all files are read a second time.
    private(set) var hasFinal = false
    private let files: ConfigFiles
    private let isUserFile: Bool
    private var count = 0
    private var ignored: [PatternList] = []

    /// - Parameter isUserFile: whether paths are the user's and the file must be nobody else's to write.
    init(_ files: ConfigFiles, isUserFile: Bool) {
        self.files = files
        self.isUserFile = isUserFile
    }

    /// Reads a file; nil where there is none.
    ///
    /// - Parameter checksOwner: whether a file that others may write is refused.
    mutating func file(_ path: String, checksOwner: Bool, depth: Int = 0) -> ConfigFile? {
        let start = SourceLocation(file: path, line: 1, column: 1)
        count += 1
        let content: ConfigFiles.Content
        do throws(ConfigFiles.Unreadable) {
            guard let found = try files.read(path) else { return nil }
            content = found
        } catch {
            problems.append(Diagnostic("the file cannot be read: \(error.reason)", at: start))
            return nil
        }
        if checksOwner, content.isExposed {
            problems.append(
                Diagnostic("others may write this file, so ssh and harun do not read it: chmod go-w", at: start))
            return nil
        }
        var file = ConfigFile(path: path)
        var number = 0
        for bytes in content.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            guard let line = ConfigLine(bytes) else { continue }
            let place = SourceLocation(file: path, line: number, column: 1)
            if let statement = statement(line, at: place, depth) {
                file.lines.append(ConfigFile.Line(number: number, statement: statement))
            }
        }
        return file
    }

    private mutating func fail(_ message: String, at place: SourceLocation) -> ConfigFile.Statement? {
        problems.append(Diagnostic(message, at: place))
        return nil
    }

    private mutating func statement(
        _ line: ConfigLine, at place: SourceLocation, _ depth: Int
    ) -> ConfigFile.Statement? {
        if line.rest.isEmpty { return fail("\(line.spelling) has no value", at: place) }
        guard let arguments = line.arguments else { return fail("a quote is not closed", at: place) }
        switch line.keyword {
        case "host":
            if arguments.contains(where: \.isEmpty) { return fail("Host has an empty pattern", at: place) }
            return .section(
                MatchRule(criteria: [(.patterns(arguments.map { MatchRule.HostGlob($0) }), false)]))
        case "match": return match(line.rest, at: place)
        case "include": return include(arguments, at: place, depth)
        case "ignoreunknown":
            ignored.append(PatternList(arguments.first ?? "", foldsCase: true))
            return nil
        default: break
        }
        switch SettingReader.read(line, arguments, isUserFile: isUserFile) {
        case .setting(let setting): return .set(setting)
        case .nothing: return nil
        case .wrong(let message): return fail(message, at: place)
        case .unknown:
            if ignored.contains(where: { $0.matches(line.keyword) }) { return nil }
            return .set(.unsupported(keyword: line.spelling, consequence: "harun knows no such option"))
        }
    }

    // MARK: Match

    private mutating func match(_ bytes: [UInt8], at place: SourceLocation) -> ConfigFile.Statement? {
        var rule = MatchRule(criteria: [])
        var text = bytes[...]
        while let word = ConfigLine.word(&text), let first = word.first, first != UInt8(ascii: "#") {
            let isNegated = first == UInt8(ascii: "!")
            let spelled = String(decoding: isNegated ? word[1...] : word[...], as: UTF8.self)
            let name = spelled.lowercased()
            if name == "all" {
                let next = ConfigLine.word(&text) ?? []
                guard rule.criteria.count < 2, next.isEmpty || next.first == UInt8(ascii: "#") else {
                    return fail("Match all stands alone, or behind one other criterion", at: place)
                }
                rule.criteria.append((.all, isNegated))
                return .section(rule)
            }
            if name == "final" || name == "canonical" {
                hasFinal = hasFinal || name == "final"
                rule.criteria.append((.final, isNegated))
                continue
            }
            guard let argument = ConfigLine.word(&text), !argument.isEmpty, argument.first != UInt8(ascii: "#") else {
                return fail("Match \(spelled) has no value", at: place)
            }
            let value = String(decoding: argument, as: UTF8.self)
            switch name {
            case "host": rule.criteria.append((.host(PatternList(value, foldsCase: true)), isNegated))
            case "originalhost": rule.criteria.append((.originalHost(PatternList(value, foldsCase: true)), isNegated))
            case "user": rule.criteria.append((.user(PatternList(value, foldsCase: false)), isNegated))
            case "localuser": rule.criteria.append((.localUser(PatternList(value, foldsCase: false)), isNegated))
            case "exec", "tagged", "localnetwork", "sessiontype", "command", "version":
                rule.criteria.append((.unsupported(name), isNegated))
            default: return fail("Match knows no \(spelled)", at: place)
            }
        }
        if rule.criteria.isEmpty { return fail("Match has no criterion", at: place) }
        return .section(rule)
    }

    // MARK: Include

    private mutating func include(
        _ arguments: [String], at place: SourceLocation, _ depth: Int
    ) -> ConfigFile.Statement? {
        var included: [ConfigFile] = []
        for argument in arguments {
            if argument.isEmpty { return fail("Include has an empty path", at: place) }
            var path = argument
            if argument.hasPrefix("~") {
                guard isUserFile, argument == "~" || argument.hasPrefix("~/") else {
                    return fail("Include cannot use \(argument)", at: place)
                }
                path = files.home + argument.dropFirst()
            } else if !argument.hasPrefix("/") {
                path = (isUserFile ? files.home + "/.ssh/" : "/etc/ssh/") + argument
            }
            for name in files.glob(path) {
                guard depth < Self.mostDepth, count < Self.mostFiles else {
                    return fail("too many files include one another", at: place)
                }
                if let file = file(name, checksOwner: true, depth: depth + 1) { included.append(file) }
            }
        }
        return .include(included)
    }
}
