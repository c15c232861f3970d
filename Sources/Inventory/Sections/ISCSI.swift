import Documents
package import Settings

/// `[iscsi]`: the target that the nodes share.
package struct ISCSI: Hashable, Sendable {
    package var portal: Portal
    /// The target's name: `iqn.…`, `eui.…` or `naa.…`.
    package var target: String
    package var chap: Chap?

    package init(portal: Portal, target: String, chap: Chap? = nil) {
        self.portal = portal
        self.target = target
        self.chap = chap
    }
}

extension ISCSI {
    init?(_ reader: TableReader, in surroundings: Surroundings) {
        let portal = reader.checked("portal", required: true) { text throws(InvalidValue) in try Portal(text) }
        let target = reader.checked("target", required: true, Self.target)
        var chap: Chap?
        if let table = reader.table("chap") {
            let inner = TableReader(table, title: "`chap`")
            chap = Chap(inner, in: surroundings)
            inner.finish()
            reader.absorb(inner)
        }
        guard let portal, let target else { return nil }
        self.init(portal: portal, target: target, chap: chap)
    }

    private static func target(_ text: String) throws(InvalidValue) -> String {
        let isValid: Bool
        switch text.prefix(4) {
        case "iqn.":
            isValid =
                text.wholeMatch(of: #/iqn\.[0-9]{4}-(0[1-9]|1[0-2])\.[A-Za-z0-9.\-]+(:[A-Za-z0-9.:_\-]+)?/#) != nil
        case "eui.": isValid = text.wholeMatch(of: #/eui\.[0-9A-Fa-f]{16}/#) != nil
        case "naa.": isValid = text.wholeMatch(of: #/naa\.([0-9A-Fa-f]{16}|[0-9A-Fa-f]{32})/#) != nil
        default: isValid = false
        }
        guard isValid, text.utf8.count <= 223 else {
            throw InvalidValue("\"\(text)\" is no iSCSI target name, such as iqn.2005-10.org.freenas.ctl:ha")
        }
        return text
    }
}
