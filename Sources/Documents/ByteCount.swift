/// An amount of storage, written with a binary unit: `500GiB`, `2TiB`.
package struct ByteCount: Sendable, Hashable, CustomStringConvertible {
    package var bytes: Int

    package init(bytes: Int) { self.bytes = bytes }

    /// Reads a whole number with a unit: `MiB`, `GiB` or `TiB`; nil for anything else.
    package init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let count = Int(digits), count > 0, count < 100_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "MiB": bytes = count << 20
        case "GiB": bytes = count << 30
        case "TiB": bytes = count << 40
        default: return nil
        }
    }

    /// As ``init(_:)`` reads it; an amount that is no whole number of MiB loses the rest.
    package var shorthand: String {
        for (shift, unit) in [(40, "TiB"), (30, "GiB")] where bytes > 0 && bytes & ((1 << shift) - 1) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return "\(bytes >> 20)MiB"
    }

    /// In the largest unit of which there are some: `8 GiB`, `1.5 TiB`.
    package var description: String {
        let units = ["MiB", "GiB", "TiB"]
        var tenths = (bytes * 10) >> 20
        var unit = 0
        while tenths >= 10240, unit < units.count - 1 {
            tenths >>= 10
            unit += 1
        }
        return tenths % 10 == 0 ? "\(tenths / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}

extension TableReader {
    /// Reads an amount of storage such as `2TiB`.
    package func byteCount(_ key: String) -> ByteCount? {
        guard let text = string(key) else { return nil }
        if let count = ByteCount(text) { return count }
        fail(
            "`\(key)` must be an amount of storage such as \"500GiB\" or \"2TiB\", not \"\(text)\"",
            at: value(key)?.location ?? location)
        return nil
    }
}
