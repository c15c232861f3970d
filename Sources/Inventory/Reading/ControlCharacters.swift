import Documents

extension Unicode.Scalar {
    /// Whether it steers a terminal, ends a line or ends a C string.
    var isControl: Bool { properties.generalCategory == .control }
}

/// Finds characters that no setting may hold.
///
/// Settings end up in shell scripts, configuration files, XML and on terminals; a line break or an
/// escape in one of them would be something else there than it is here.
enum ControlCharacters {
    /// An error for each key and string that holds one.
    static func problems(in table: Table) -> [Diagnostic] {
        table.entries.flatMap { entry in
            problem(in: entry.key, at: entry.keyLocation) + problems(in: entry.value)
        }
    }

    private static func problems(in value: Value) -> [Diagnostic] {
        switch value.content {
        case .string(let text): problem(in: text, at: value.location)
        case .array(let array): array.flatMap(problems)
        case .table(let table): problems(in: table)
        default: []
        }
    }

    private static func problem(in text: String, at location: SourceLocation) -> [Diagnostic] {
        guard let scalar = text.unicodeScalars.first(where: \.isControl) else { return [] }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let code = String(repeating: "0", count: 4 - digits.count) + digits
        return [Diagnostic("the text holds the control character U+\(code)", at: location)]
    }
}
