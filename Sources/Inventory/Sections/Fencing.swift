import Documents
package import Settings

/// `[fencing]`: how a node that does not answer is made sure to be off.
package struct Fencing: Hashable, Sendable {
    /// The methods that this version builds.
    package enum Method: String, Hashable, Sendable {
        /// A small shared disk and a watchdog on each node.
        case sbd
        /// No fencing: data may be lost, and the inventory has to say so.
        case none
    }

    package var method: Method
    /// The small disk of ``Method/sbd``.
    package var unit: LogicalUnit?
    package var watchdog: String
    package var acceptDataLoss: Bool

    package init(
        method: Method, unit: LogicalUnit? = nil, watchdog: String = "/dev/watchdog", acceptDataLoss: Bool = false
    ) {
        self.method = method
        self.unit = unit
        self.watchdog = watchdog
        self.acceptDataLoss = acceptDataLoss
    }
}

extension Fencing {
    /// The way out where no fencing is given.
    static let choice =
        "method = \"sbd\" with a small disk of its own, or method = \"none\" with accept_data_loss = true"

    private static let words = ["sbd", "scsi", "ipmi", "redfish", "virsh", "none"]

    init?(_ reader: TableReader) {
        let method = Self.method(reader)
        let accept = reader.boolean("accept_data_loss")
        let watchdog = reader.checked("watchdog", Self.watchdog)
        var unit: LogicalUnit?
        if method == .sbd || reader.value("lun") != nil || reader.value("wwid") != nil {
            unit = LogicalUnit(reader, title: "[fencing] with method = \"sbd\"")
        }
        if method == Method.none, accept != true, let value = reader.value("method") {
            reader.fail(
                "without fencing a node that only seems dead goes on writing while another takes its disk over; "
                    + "write accept_data_loss = true if that is to be", at: value.location)
        }
        guard let method else { return nil }
        self.init(
            method: method, unit: method == .sbd ? unit : nil, watchdog: watchdog ?? "/dev/watchdog",
            acceptDataLoss: accept ?? false)
    }

    private static func method(_ reader: TableReader) -> Method? {
        guard reader.required("method") != nil else { return nil }
        guard let word = reader.word("method", of: words) else { return nil }
        if let method = Method(rawValue: word) { return method }
        if let value = reader.value("method") {
            reader.fail(
                "the fencing method \"\(word)\" is not built yet in this version; "
                    + "use \"sbd\", or \"none\" with accept_data_loss = true", at: value.location)
        }
        return nil
    }

    private static func watchdog(_ text: String) throws(InvalidValue) -> String {
        guard text.wholeMatch(of: #/\/dev\/[A-Za-z0-9_\-]+(\/[A-Za-z0-9_\-]+)*/#) != nil else {
            throw InvalidValue("\"\(text)\" is no watchdog device, such as /dev/watchdog")
        }
        return text
    }
}
