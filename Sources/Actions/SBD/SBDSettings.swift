import Steps

/// `/etc/default/sbd`: what sbd is told when it starts, and what `sbd` commands look up.
package struct SBDSettings: Sendable, Hashable {
    /// `SBD_DEVICE` and the other lines, without comments and quotes.
    package var values: [String: String]

    package init(_ values: [String: String]) { self.values = values }

    /// Reads the file as systemd does: `KEY=VALUE` lines, comments, quotes around a value.
    package init(parsing text: String) {
        values = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop { $0.isWhitespace }
            guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { continue }
            var value = line[line.index(after: equals)...]
            while value.last?.isWhitespace == true { value.removeLast() }
            if let quote = value.first, quote == "\"" || quote == "'", value.count > 1, value.last == quote {
                value = value.dropFirst().dropLast()
            }
            values[String(line[..<equals])] = String(value)
        }
    }

    /// The disks, in their order; none for an sbd that has a watchdog alone.
    package var devices: [String] { Self.list(values["SBD_DEVICE"] ?? "") }

    /// The watchdog's device; sbd's own default where the file names none.
    package var watchdog: String {
        values["SBD_WATCHDOG_DEV"].flatMap { $0.isEmpty ? nil : $0 } ?? "/dev/watchdog"
    }

    /// Splits `a;b`, as sbd takes it, and `a,b`, as the fencing agent does.
    static func list(_ text: String) -> [String] {
        text.split { $0 == ";" || $0 == "," || $0.isWhitespace }.map(String.init)
    }
}
