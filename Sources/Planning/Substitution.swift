import Documents

/// Puts settings of the inventory in place of `${section.key}`.
///
/// A string that is nothing but one reference takes the setting's own type, and falls away where the
/// setting is absent: that is how a step passes on optional settings. Inside a longer string the
/// setting must exist. `${node.…}` stays for the action, which knows the node; a name without a dot
/// is the shell's own and is left alone.
struct Substitution {
    private let lookup: (String) -> Value?
    private(set) var diagnostics: [Diagnostic] = []

    init(_ lookup: @escaping (String) -> Value?) { self.lookup = lookup }

    /// The table with every reference filled in.
    mutating func table(_ table: Table) -> Table {
        var result = Table([], at: table.location)
        for entry in table.entries {
            guard let value = value(entry.value) else { continue }
            result.entries.append(.init(key: entry.key, keyLocation: entry.keyLocation, value: value))
        }
        return result
    }

    /// The value with every reference filled in; nil where it was one reference to an absent setting.
    mutating func value(_ value: Value) -> Value? {
        switch value.content {
        case .string(let text): string(text, at: value.location)
        case .array(let array): Value(.array(array.compactMap { self.value($0) }), at: value.location)
        case .table(let table): Value(.table(self.table(table)), at: value.location)
        default: value
        }
    }

    private mutating func string(_ text: String, at location: SourceLocation) -> Value? {
        if let path = text.wholeReference {
            guard let found = lookup(path) else { return nil }
            return Value(found.content, at: location)
        }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "}") else {
                result += "${"
                break
            }
            let path = String(rest[..<end])
            rest = rest[rest.index(after: end)...]
            result += replacement(of: path, at: location)
        }
        return Value(.string(result + rest), at: location)
    }

    private mutating func replacement(of path: String, at location: SourceLocation) -> String {
        guard path.isReference else { return "${\(path)}" }
        let value = lookup(path)
        if let text = value?.singleText { return text }
        let problem = value == nil ? "the inventory has no `\(path)`" : "`\(path)` is not a single value"
        diagnostics.append(Diagnostic(problem, at: location))
        return ""
    }
}

extension Value {
    /// The value as text, where it is a single one.
    var singleText: String? {
        switch content {
        case .string(let text): text
        case .integer(let number): String(number)
        case .boolean(let truth): String(truth)
        default: nil
        }
    }
}

extension String {
    /// The path, where the whole string is one reference.
    var wholeReference: String? {
        guard hasPrefix("${"), hasSuffix("}") else { return nil }
        let path = String(dropFirst(2).dropLast())
        return path.isReference ? path : nil
    }

    /// Whether the text between `${` and `}` names a setting of the inventory.
    fileprivate var isReference: Bool {
        contains(".") && !hasPrefix("node.")
            && utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || byte == UInt8(ascii: "_")
                    || byte == UInt8(ascii: ".")
            }
    }
}
