/// Makes settings of an ssh_config's options, with OpenSSH's own ideas of what a value is.
enum SettingReader {
    enum Result {
        case setting(Setting)
        /// An option without consequences.
        case nothing
        case wrong(String)
        /// An option that is not one of OpenSSH's, as far as harun knows.
        case unknown
    }

    /// Reads one option.
    static func read(_ line: ConfigLine, _ arguments: [String], isUserFile: Bool) -> Result {
        let keyword = line.keyword
        if keyword == "proxyjump" { return jumps(line) }
        if keyword == "proxycommand" {
            let isNone = arguments.first?.lowercased() == "none"
            return .setting(.proxyCommand(isNone: isNone))
        }
        if keyword == "userknownhostsfile" || keyword == "globalknownhostsfile" {
            if arguments.contains(where: \.isEmpty) { return .wrong("\(line.spelling) has an empty path") }
            if arguments.count > 1, arguments.contains(where: { $0.lowercased() == "none" }) {
                return .wrong("\(line.spelling): none stands alone")
            }
            return .setting(keyword.hasPrefix("user") ? .userKnownHosts(arguments) : .globalKnownHosts(arguments))
        }
        if let make = makers[keyword] {
            guard let value = arguments.first, !value.isEmpty else { return .wrong("\(line.spelling) has no value") }
            guard arguments.count == 1 else { return .wrong("\(line.spelling) has more than one value") }
            return make(value, line.spelling)
        }
        if Unsupported.relevant.contains(keyword) {
            guard let consequence = Unsupported.consequence(of: keyword, arguments, isUserFile: isUserFile) else {
                return .nothing
            }
            return .setting(.unsupported(keyword: line.spelling, consequence: consequence))
        }
        return Unsupported.irrelevant.contains(keyword) ? .nothing : .unknown
    }

    private static let makers: [String: @Sendable (_ value: String, _ name: String) -> Result] = [
        "hostname": { value, _ in .setting(.hostName(value)) },
        "user": { value, _ in .setting(.user(value)) },
        "identityfile": { value, _ in .setting(.identityFile(value)) },
        "certificatefile": { value, _ in .setting(.certificateFile(value)) },
        "identityagent": { value, _ in .setting(.identityAgent(value)) },
        "hostkeyalias": { value, _ in .setting(.hostKeyAlias(value)) },
        "port": { value, name in
            guard value.utf8.allSatisfy(isDigit), let port = UInt16(value), port > 0 else {
                return .wrong("\(name) \(value): not a port")
            }
            return .setting(.port(port))
        },
        "identitiesonly": { value, name in
            switch value.lowercased() {
            case "yes", "true": .setting(.identitiesOnly(true))
            case "no", "false": .setting(.identitiesOnly(false))
            default: .wrong("\(name) \(value): neither yes nor no")
            }
        },
        "canonicalizehostname": { value, name in
            switch value.lowercased() {
            case "yes", "true", "always": .setting(.canonicalizeHostName(true))
            case "no", "false": .setting(.canonicalizeHostName(false))
            default: .wrong("\(name) \(value): neither yes, always nor no")
            }
        },
        "connecttimeout": { value, name in time(value, name) { .connectTimeout($0) } },
        "serveraliveinterval": { value, name in time(value, name) { .aliveInterval($0) } },
        "serveralivecountmax": { value, name in
            guard value.utf8.allSatisfy(isDigit), let count = Int32(value) else {
                return .wrong("\(name) \(value): not a number")
            }
            return .setting(.aliveCountMax(Int(count)))
        },
    ]

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// `none` leaves the option unset, so that a later one may still hold.
    private static func time(_ value: String, _ name: String, _ make: (Int) -> Setting) -> Result {
        if value == "none" { return .nothing }
        guard let seconds = seconds(value) else { return .wrong("\(name) \(value): not a time such as 30 or 1m30s") }
        return .setting(make(seconds))
    }

    private static func seconds(_ text: String) -> Int? {
        var total = 0
        var digits = ""
        for character in text + (text.last.map { isDigit($0.utf8.first ?? 0) } == true ? "s" : "") {
            if let byte = character.utf8.first, isDigit(byte), character.utf8.count == 1 {
                digits.append(character)
                continue
            }
            let unit: Int
            switch character.lowercased() {
            case "s": unit = 1
            case "m": unit = 60
            case "h": unit = 3600
            case "d": unit = 86400
            case "w": unit = 604800
            default: return nil
            }
            guard let number = Int32(digits) else { return nil }
            total += Int(number) * unit
            guard total <= Int(Int32.max) else { return nil }
            digits = ""
        }
        return text.isEmpty ? nil : total
    }

    /// `ProxyJump` is read to the end of its line, quotes and all, up to a comment.
    private static func jumps(_ line: ConfigLine) -> Result {
        var text = line.rest.drop { $0 == UInt8(ascii: "=") || $0 == 32 || $0 == 9 }.prefix { $0 != UInt8(ascii: "#") }
        while let last = text.last, last == 32 || last == 9 { text.removeLast() }
        let value = String(decoding: text, as: UTF8.self)
        guard let hosts = JumpHost.list(value) else { return .wrong("\(line.spelling) \(value): not user@host:port") }
        return .setting(.jumps(hosts))
    }
}
