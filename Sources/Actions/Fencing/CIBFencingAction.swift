package import Documents
package import Steps
package import Transport

/// Tells Pacemaker how nodes are fenced: the device and the properties, in one push.
///
/// Without a working device Pacemaker starts nothing, and with fencing switched off a node that only
/// seems dead goes on writing while another takes its disk over; that needs the inventory's explicit
/// consent.
package struct CIBFencingAction: Action {
    package static let kind = "cib.fencing"
    /// The id of the device.
    package static let device = "fence-sbd"

    private enum Method { case sbd(LUNReference, SBDTimeouts), none }

    private let method: Method
    private let peers: [Peer]

    package var summary: String {
        switch method {
        case .sbd(let lun, _): "fence through \(lun.title)"
        case .none: "switch fencing off, as the inventory accepts"
        }
    }
    package var stepClass: StepClass { .converge }
    package var undo: Undo { .bestEffort("the device is stopped and removed, the properties are as before") }
    package let changesConfiguration = true
    package var scope: Scope { .fleet }

    package init?(reading with: TableReader, peers: [Peer]) {
        let word = with.word("method", of: ["sbd", "none"])
        self.peers = peers
        switch word {
        case "sbd":
            let lun = LUNReference(reading: with)
            let timeouts = SBDTimeouts(reading: with)
            guard let lun, let timeouts else { return nil }
            method = .sbd(lun, timeouts)
        case "none":
            // The target is a setting of the inventory's iSCSI section and comes along unused.
            for key in ["portal", "target", "lun", "wwid", "watchdog_timeout", "msgwait"] { _ = with.value(key) }
            method = .none
        default:
            if with.required("method") == nil { return nil }
            return nil
        }
    }

    package func probe(_ node: NodeName) -> Script {
        var lines: [String] = []
        var questions: [ProbeQuestion] = []
        if case .sbd(let lun, _) = method {
            lines += [
                lun.findFunction, "lun_find || refuse \("this node does not see \(lun.title)".shellQuoted)",
                "fact device \"$LUN\"",
            ]
        }
        if node == peers.first?.name {
            lines.append(FencingNames.probe)
            questions = [CIB.question, PacemakerStatus.question]
        }
        return Script((lines + ["satisfied"]).joined(separator: "\n"), asking: questions)
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        let devices = Set(observations.values.map { $0.facts["device"] ?? "" })
        if devices.count > 1 {
            return peers.all(
                .refused("the nodes do not see the same fencing disk: \(devices.sorted().joined(separator: ", "))"))
        }
        guard let first = peers.first, let cib = cib(observations) else {
            return peers.all(
                .failed("the cluster does not give its configuration; does it run on \(peers.names.listed)?"))
        }
        let fragment = fragment(device: devices.first ?? "", names: FencingNames(observations[first.name], cib))
        let conflicts = cib.conflicts(with: fragment)
        if !conflicts.isEmpty { return peers.all(.refused(conflicts.joined(separator: "; "))) }
        let differences = cib.differences(to: fragment)
        if !differences.isEmpty { return peers.all(.needed(differences.joined(separator: "; "))) }
        guard case .sbd = method else { return peers.all(.satisfied) }
        let resource = PacemakerStatus(observations[first.name])?.resource(Self.device)
        return peers.all(resource?.isWell == true ? .satisfied : .needed("\(Self.device) does not run"))
    }

    private func cib(_ observations: [NodeName: Observation]) -> CIB? {
        peers.first.flatMap { observations[$0.name]?.secrets["cib"] }.flatMap { CIB(xml: $0) }
    }

    func fragment(device: String, names: FencingNames = .stonith) -> CIBFragment {
        guard case .sbd(_, let timeouts) = method else {
            var properties = names.properties(enabled: false)
            properties["no-quorum-policy"] = "stop"
            return CIBFragment(properties: properties)
        }
        // Asked for the nodes it can fence, the agent takes seconds, and on a busy node many: then it is late.
        var attributes = [
            "devices": device, "pcmk_host_check": "static-list",
            "pcmk_host_list": peers.names.map(\.text).joined(separator: " "),
        ]
        let delays = FencingDelays(peers.names)
        // More than the time until a message counts as carried out, and the delay before it.
        let timeout = max(60, 2 * timeouts.msgwait) + (delays == nil ? 0 : FencingDelays.longest)
        var properties = names.properties(enabled: true, timeout: "\(timeout)s")
        properties["no-quorum-policy"] = "stop"
        if let delays {
            attributes[FencingDelays.device] = delays.map
            properties[FencingDelays.cluster] = FencingDelays.priority
        }
        // The agent refuses to work where it would wait for less than the disk does; its default is 30 s.
        if timeouts.msgwait >= 25 { attributes["power_timeout"] = String(timeouts.msgwait + 15) }
        return CIBFragment(
            primitives: [
                CIBFragment.Primitive(
                    Self.device, agent: "stonith:fence_sbd", attributes: attributes,
                    unset: [FencingDelays.random],
                    operations: [CIBFragment.Operation("monitor", interval: "60s", timeout: "60s")])
            ],
            properties: properties)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        guard node == peers.first?.name, let cib = cib(observations) else { return nil }
        let device = observations[node]?.facts["device"] ?? ""
        let fragment = fragment(device: device, names: FencingNames(observations[node], cib))
        if cib.differences(to: fragment).isEmpty { return CIBPush.cleanup([Self.device], wait: .seconds(120)) }
        return CIBPush.script(base: cib, new: cib.merged(with: fragment), wait: .seconds(120))
    }

    package func undo(_ node: NodeName) -> Script? {
        guard node == peers.first?.name else { return nil }
        return CIBPush.undo(resources: [Self.device], wait: .seconds(60))
    }
}

extension CIBFencingAction: ResourceBringing {
    package var resourceIDs: [String] { if case .sbd = method { [Self.device] } else { [] } }
}
