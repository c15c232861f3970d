import Documents

/// Which disk of the target is meant.
package enum LogicalUnit: Hashable, Sendable {
    /// By its number at the target.
    case lun(Int)
    /// By the identity it reports, `0x…` in small letters; holds also when the numbers change.
    case wwid(String)
}

extension LogicalUnit {
    /// Reads `lun` or `wwid`, exactly one of which must be there.
    ///
    /// - Parameter title: the section, for the error where neither or both are there.
    init?(_ reader: TableReader, title: String) {
        let lun = reader.integer("lun", in: 0...16383)
        let wwid = reader.checked("wwid", Self.identity)
        switch (reader.value("lun"), reader.value("wwid")) {
        case (nil, nil): reader.fail("\(title) needs `lun` or `wwid`", at: reader.location)
        case (.some, .some(let value)):
            reader.fail("\(title) takes `lun` or `wwid`, not both", at: value.location)
            return nil
        default: break
        }
        if let lun { self = .lun(lun) } else if let wwid { self = .wwid(wwid) } else { return nil }
    }

    private static func identity(_ text: String) throws(Refusal) -> String {
        guard text.wholeMatch(of: #/0x([0-9A-Fa-f]{16}|[0-9A-Fa-f]{24}|[0-9A-Fa-f]{32})/#) != nil else {
            throw Refusal("\"\(text)\" is no WWID: it is 0x with 16, 24 or 32 hexadecimal digits")
        }
        return text.lowercased()
    }
}
