import Documents
import Steps
import Transport

/// What a node's sbd is to be told: its disk, its watchdog, and how long it waits.
///
/// The same settings as `pcs stonith sbd enable` writes, but each node on its own: pcs asks every pcsd in
/// turn. See docs/decisions/0005-cluster-files-without-pcs.md.
struct SBDConfiguration: Sendable {
    static let settingsFile = "/etc/default/sbd"
    static let dropinFolder = "/etc/systemd/system/sbd.service.d"

    let lun: LUNReference
    let watchdog: String
    private let timeouts: SBDTimeouts
    private let delayStart: Bool
    private let nodes: Int

    var title: String { "\(lun.title) and \(watchdog)" }

    init?(reading with: TableReader, peers: [Peer]) {
        nodes = peers.count
        let lun = LUNReference(reading: with)
        let watchdog = with.requiredString("watchdog")
        let timeouts = SBDTimeouts(reading: with)
        delayStart = with.boolean("delay_start") ?? true
        guard let lun, let watchdog, let timeouts else { return nil }
        self.lun = lun
        self.watchdog = watchdog
        self.timeouts = timeouts
    }

    /// The setting that needs no restart: it counts when sbd starts.
    static let startDelay = "SBD_DELAY_START"

    private func delay(_ observation: Observation?) -> SBDStartDelay {
        SBDStartDelay(observation, nodes: nodes, msgwait: timeouts.msgwait)
    }

    /// `/etc/default/sbd` for a node and the disk that it sees.
    func settings(of node: NodeName, _ observation: Observation?) -> String {
        let device = observation?.facts["device"] ?? ""
        return """
            # Written by harun; the packaged file explains each setting.
            \(Self.startDelay)=\(delayStart ? String(delay(observation).seconds) : "no")
            SBD_DEVICE="\(device)"
            SBD_OPTS="-n \(node.text)"
            SBD_PACEMAKER=yes
            SBD_STARTMODE=always
            SBD_WATCHDOG_DEV=\(watchdog)
            SBD_WATCHDOG_TIMEOUT=\(timeouts.watchdog)
            """
    }

    /// How long systemd waits until sbd has started, in seconds.
    ///
    /// sbd looks for its disk for up to 120 s, and with `SBD_DELAY_START` it then sleeps before it says that it
    /// has started. systemd's default of 90 s would kill it in its sleep, and nothing of the cluster starts without it.
    private func startTimeout(_ observation: Observation?) -> Int {
        150 + (delayStart ? delay(observation).seconds : 0)
    }

    /// The drop-in for the disk that a node sees: loss of the disk's unit must never stop sbd, so it is only waited for.
    func dropin(_ observation: Observation?) -> String {
        let wwid = observation?.facts["wwid"] ?? ""
        return """
            # Written by harun: at boot the disk comes first, by its iSCSI login.
            [Unit]
            Wants=open-iscsi.service dev-disk-by\\x2did-wwn\\x2d\(wwid).device
            After=open-iscsi.service iscsid.service multipathd.service dev-disk-by\\x2did-wwn\\x2d\(wwid).device

            [Service]
            TimeoutStartSec=\(startTimeout(observation))
            """
    }

    /// Reports the disk, what is written and what runs.
    var probe: Script {
        Script(
            """
            \(lun.findFunction)
            lun_find || refuse \("this node does not see \(lun.title)".shellQuoted)
            [ -f /lib/systemd/system/sbd.service ] || refuse 'sbd is not installed'
            fact device "$LUN"; fact wwid "$WWID"
            [ ! -r \(Self.dropinFolder)/harun.conf ] || blob dropin <\(Self.dropinFolder)/harun.conf
            [ ! -L /etc/systemd/system/corosync.service.requires/sbd.service ] || fact starts yes
            \(SBDStartDelay.probe)
            satisfied
            """, asking: [SBDView.running, UnitStates.question, PacemakerStatus.question])
    }

    /// What is to be written on a node, in words; nil where all is as it should be.
    func change(on node: NodeName, _ observation: Observation) -> String? {
        if let change = settingsChange(on: node, observation) { return change }
        if let change = delayChange(observation) { return change }
        guard let found = observation.facts["dropin"] else { return "sbd does not wait for its disk at boot" }
        if found != dropin(observation) + "\n" {
            return "systemd waits for sbd and its disk in another way, by \(Self.dropinFolder)/harun.conf"
        }
        return observation.facts["starts"] == nil ? "sbd does not start with the cluster" : nil
    }

    /// What only a restart of sbd, and so of the whole cluster, brings about; nil where nothing of that kind changes.
    ///
    /// Values are compared, not the file: a comment needs no restart.
    private func settingsChange(on node: NodeName, _ observation: Observation) -> String? {
        let view = SBDView(observation)
        // The packaged file names no disk.
        guard let found = view.settings, view.isRunning || !found.devices.isEmpty else {
            return "sbd is not configured"
        }
        let wanted = SBDSettings(parsing: settings(of: node, observation))
        let keys = Set(found.values.keys).union(wanted.values.keys).subtracting([Self.startDelay]).sorted()
            .filter { found.values[$0] != wanted.values[$0] }
        if keys.isEmpty { return nil }
        let words = keys.map { "\($0)=\(found.values[$0] ?? "") → \(wanted.values[$0] ?? "")" }
        return "sbd is configured in another way: \(words.joined(separator: ", "))"
    }

    /// What changes in the sleep before sbd starts; nil where it is long enough already.
    private func delayChange(_ observation: Observation) -> String? {
        let found = SBDView(observation).settings?.values[Self.startDelay] ?? ""
        guard delayStart else {
            return found == "no" ? nil : "sbd starts without a delay: \(Self.startDelay)=\(found) → no"
        }
        let delay = delay(observation)
        if delay.isMet(by: found) { return nil }
        return "a node must not be back before its fence has ended: \(Self.startDelay)=\(found) → \(delay.seconds)"
    }

    /// Why nothing may be written on any node, nil where it may be or nothing is to be.
    ///
    /// Settings that are written and not in force would lie: at the next boot one node watches the new disk, while the
    /// others and Pacemaker speak through the old one.
    func obstacle(_ observations: [NodeName: Observation], among peers: [Peer]) -> String? {
        let devices = Set(observations.values.map { $0.facts["device"] ?? "" })
        if devices.count > 1 {
            return "the nodes do not see the same fencing disk: \(devices.sorted().joined(separator: ", "))"
        }
        let changes = peers.names.compactMap { node in
            observations[node].flatMap { settingsChange(on: node, $0) }.map { "\(node): \($0)" }
        }
        guard !changes.isEmpty, let obstacle = SBDRestartAction.obstacle(observations, among: peers) else { return nil }
        return "\(changes.joined(separator: "; ")). The whole cluster must be restarted for that, and \(obstacle)"
    }
}
