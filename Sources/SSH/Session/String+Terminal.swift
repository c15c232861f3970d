extension String {
    /// The text without what could move a terminal's cursor, change its colours, or hide what follows.
    ///
    /// For words that a server or an agent chose; at most 200 characters of them.
    var safeForTerminal: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.prefix(200).map { scalar in
                    switch scalar {
                    case "\n", "\r", "\t": " "
                    default: Self.isPlain(scalar) ? scalar : "\u{FFFD}"
                    }
                }))
    }

    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
