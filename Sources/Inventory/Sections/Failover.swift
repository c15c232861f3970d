import Documents
import Settings

/// `[failover]`: which outage is accepted and how it is measured.
package struct Failover: Hashable, Sendable {
    package var budget: Duration
    package var probe: Probe

    package init(budget: Duration = .seconds(90), probe: Probe = .icmp) {
        self.budget = budget
        self.probe = probe
    }
}

extension Failover {
    init(_ reader: TableReader) {
        self.init()
        if let budget = reader.duration("budget") {
            if budget < .seconds(1), let value = reader.value("budget") {
                reader.fail("`budget` must be at least \"1s\"", at: value.location)
            }
            self.budget = budget
        }
        if let probe = reader.checked("probe", { text throws(InvalidValue) in try Probe(text) }) { self.probe = probe }
    }
}
