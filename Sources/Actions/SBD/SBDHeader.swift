import Steps

/// What `sbd dump` and `sbd list` say of a disk.
package struct SBDHeader: Sendable, Hashable {
    package var uuid: String
    /// Seconds.
    package var watchdogTimeout: Int
    /// Seconds.
    package var msgwaitTimeout: Int
    /// The names of the slots: of all nodes that ever started sbd with this disk, and of its cluster's mark.
    package var owners: [String]

    /// The nodes among them.
    var users: [String] { owners.filter { !$0.hasPrefix(ClusterIdentity.slot) } }

    /// The identities of the clusters that took the disk for their own.
    var marks: [String] {
        owners.filter { $0.hasPrefix(ClusterIdentity.slot) }.map { String($0.dropFirst(ClusterIdentity.slot.count)) }
    }

    /// Reads both answers; nil where the disk has no whole header.
    ///
    /// The words before the colons have been the same in every release of sbd since header version 2.
    package init?(dump: String, list: String) {
        var values: [String: String] = [:]
        for line in dump.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let key = line[..<colon].split(separator: " ").joined(separator: " ")
            values[key] = line[line.index(after: colon)...].split(separator: " ").joined(separator: " ")
        }
        guard let uuid = values["UUID"], let watchdog = values["Timeout (watchdog)"].flatMap({ Int($0) }),
            let msgwait = values["Timeout (msgwait)"].flatMap({ Int($0) })
        else { return nil }
        self.uuid = uuid
        watchdogTimeout = watchdog
        msgwaitTimeout = msgwait
        owners = list.split(whereSeparator: \.isNewline).compactMap { line in
            let fields = line.split(separator: "\t")
            return fields.count >= 3 && Int(fields[0]) != nil ? String(fields[1]) : nil
        }
    }
}
