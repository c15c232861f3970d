package import Steps
package import Transport

/// Whether everything that fences the nodes speaks of the same disk and the same watchdogs.
///
/// An sbd that runs knows the disk and the watchdog that it was started with. Where its settings were changed since,
/// where the disk was replaced, or where Pacemaker writes to another one, a fence would be believed that nobody
/// read, and two nodes would mount the same file system.
package enum SBDAgreement {
    /// What does not fit together, one sentence each, with the node and both disks; none where a fence would be true.
    ///
    /// Compares what ``SBDView/running`` and ``SBDView/deviceWords(root:)`` report.
    ///
    /// Also none where the nodes know nothing of SBD at all. Nodes without an observation are left out.
    package static func differences(_ observations: [NodeName: Observation], among peers: [Peer]) -> [String] {
        let views = observations.mapValues(SBDView.init)
        let isUsed = views.values.contains {
            $0.isRunning || $0.settings?.devices.isEmpty == false || $0.fencingDevices?.isEmpty == false
        }
        if !isUsed { return [] }
        let known = peers.names.compactMap { node in views[node].map { (node, $0) } }
        let sentences = known.flatMap { own($0, $1, among: peers.names) } + between(known)
        // What is about the cluster, every node says in the same words.
        var said: Set<String> = []
        return sentences.filter { said.insert($0).inserted }
    }

    /// What does not fit together on one node.
    private static func own(_ node: NodeName, _ view: SBDView, among peers: [NodeName]) -> [String] {
        guard let settings = view.settings, !settings.devices.isEmpty else {
            return ["sbd has no disk in its settings on \(node) (/etc/default/sbd)"]
        }
        guard view.isRunning else { return ["sbd does not run on \(node)"] }
        let unseen = settings.devices.filter { view.number(of: $0) == nil }
        if !unseen.isEmpty {
            return ["\(node) does not see the disk in its settings of sbd, \(unseen.joined(separator: ", "))"]
        }
        let result = view.drift(on: node) + header(node, view, settings, peers)
        guard let devices = view.fencingDevices else { return result }
        if devices.isEmpty {
            return result + [
                "Pacemaker has no fencing device that writes to \(settings.devices.joined(separator: ", "))"
            ]
        }
        if Set(devices.map { view.number(of: $0) ?? "" }) == view.watched { return result }
        let watched = view.watched.sorted().map(view.name).joined(separator: ", ")
        return result + [
            "Pacemaker fences through \(devices.joined(separator: ", ")), but sbd on \(node) watches "
                + (watched.isEmpty ? "no disk" : watched)
        ]
    }

    private static func header(_ node: NodeName, _ view: SBDView, _ settings: SBDSettings, _ peers: [NodeName])
        -> [String]
    {
        guard let device = settings.devices.first else { return [] }
        guard let header = view.header else { return ["\(node) reads no SBD header on \(device)"] }
        var result: [String] = []
        let watcher = view.watchers.first { $0.name == device }
        if let uuid = watcher?.uuid, uuid != header.uuid {
            result.append(
                "\(device) has another header (\(header.uuid)) than when sbd on \(node) started (\(uuid))")
        }
        let missing = peers.filter { !header.owners.contains($0.text) }
        if !missing.isEmpty {
            result.append("the SBD header that \(node) reads on \(device) has no slot of \(missing.listed)")
        }
        return result
    }

    /// What does not fit together between nodes that are each well.
    private static func between(_ views: [(NodeName, SBDView)]) -> [String] {
        let headers = views.compactMap { node, view in view.header.map { (node, $0.uuid) } }
        guard let first = headers.first, let other = headers.first(where: { $0.1 != first.1 }) else { return [] }
        return [
            "\(first.0) and \(other.0) read different SBD disks: their headers are \(first.1) and \(other.1)"
        ]
    }
}
