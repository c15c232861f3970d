import Steps

/// What systemd says of several units, from one call.
struct UnitStates: Sendable, Hashable {
    struct Unit: Sendable, Hashable {
        /// Whether there is such a unit at all.
        var isInstalled = false
        var isActive = false
        var isFailed = false
        /// Nil for units that cannot be enabled.
        var isEnabled: Bool?
    }

    private var units: [String: Unit] = [:]

    /// A unit by its name with suffix; one that was not asked about counts as not installed.
    subscript(name: String) -> Unit { units[name] ?? Unit() }

    /// Reports the units of a cluster as the blob `units`.
    static let question = ProbeQuestion(
        "systemctl show -p Id,LoadState,ActiveState,UnitFileState corosync.service pacemaker.service sbd.service pcsd.service | "
            + "blob units")

    /// Reads the blocks of `systemctl show`, one a unit, with an empty line between.
    init(parsing text: String) {
        for block in text.split(separator: "\n\n") {
            var values: [String: String] = [:]
            for line in block.split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
            }
            guard let name = values["Id"] else { continue }
            var unit = Unit()
            unit.isInstalled = values["LoadState"] == "loaded"
            unit.isActive = values["ActiveState"] == "active"
            unit.isFailed = values["ActiveState"] == "failed"
            switch values["UnitFileState"] {
            case "enabled", "enabled-runtime": unit.isEnabled = true
            case "disabled", "masked": unit.isEnabled = false
            default: unit.isEnabled = nil
            }
            units[name] = unit
        }
    }

    /// The units of a probe that reported them.
    init(_ observation: Observation?) { self.init(parsing: observation?.facts["units"] ?? "") }
}
