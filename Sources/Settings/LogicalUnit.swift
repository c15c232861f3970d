package import Documents

/// Which disk of the target is meant.
package enum LogicalUnit: Hashable, Sendable {
    /// By its number at the target; where its identity is written too, it must have that one.
    case lun(Int, wwid: String? = nil)
    /// By the identity it reports, `0x…` in small letters; holds also when the numbers change.
    case wwid(String)

    /// Whether both name one disk, as far as a file can tell.
    package func isSame(as other: LogicalUnit) -> Bool {
        (number != nil && number == other.number) || (identity != nil && identity == other.identity)
    }

    private var number: Int? { if case .lun(let number, _) = self { number } else { nil } }

    package var identity: String? {
        switch self {
        case .lun(_, let wwid): wwid
        case .wwid(let wwid): wwid
        }
    }
}

extension LogicalUnit {
    /// Reads `lun` or `wwid`, or both, which must then agree on every node.
    ///
    /// - Parameter title: the section, for the error where neither is there.
    package init?(_ reader: TableReader, title: String) {
        let lun = reader.integer("lun", in: 0...16383)
        let wwid = reader.checked("wwid", Self.identity)
        if reader.value("lun") == nil, reader.value("wwid") == nil {
            reader.fail("\(title) needs `lun` or `wwid`", at: reader.location)
        }
        if let lun { self = .lun(lun, wwid: wwid) } else if let wwid { self = .wwid(wwid) } else { return nil }
    }

    /// A WWID as udev names disks by it, in small letters.
    package static func identity(_ text: String) throws(InvalidValue) -> String {
        guard text.wholeMatch(of: #/0x([0-9A-Fa-f]{16}|[0-9A-Fa-f]{24}|[0-9A-Fa-f]{32})/#) != nil else {
            throw InvalidValue("\"\(text)\" is no WWID: it is 0x with 16, 24 or 32 hexadecimal digits")
        }
        return text.lowercased()
    }
}
