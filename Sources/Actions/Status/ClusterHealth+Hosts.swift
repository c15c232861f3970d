import Transport

extension ClusterHealth {
    /// What the hosts themselves say.
    var hosts: [StatusFinding] { sessions + doubles + strays + paused }

    private var sessions: [StatusFinding] {
        nodes.compactMap { node in
            let states = node.facts["iscsi"]?.split(separator: " ") ?? []
            let broken = states.first { $0 != "LOGGED_IN" }
            if node.facts["iscsi.stale"] != nil {
                let what = broken == nil ? ISCSIChapSession.old : ISCSIChapSession.lost
                return StatusFinding(.problem, on: [node.node], what, mend: .command("systemctl reboot", on: node.node))
            }
            guard let state = broken else { return nil }
            let what = state == "none" ? "has no iSCSI session" : "has an iSCSI session that is \(state)"
            return StatusFinding(
                .problem, on: [node.node], "\(what), so nothing could run there", mend: .deploy(stage: "storage"))
        }
    }

    /// What may be in one place only, seen behind Pacemaker's back.
    private var doubles: [StatusFinding] {
        [
            ("the shared file system is mounted", "mount"), ("the machine runs", "vm"),
            ("the address is up", "address"),
        ].compactMap { what, key in
            let places = nodes.filter { $0.facts[key] != nil }.map(\.node.text)
            guard places.count > 1 else { return nil }
            return StatusFinding(
                .problem, "\(what) on \(places.joined(separator: " AND ")) at once",
                mend: .command("crm_mon -1 -n", on: nil))
        }
    }

    /// A mounted device that no link leads to: after a session came anew, or a second one took the link for its own device.
    ///
    /// The agent's stop looks for the device of the link, finds it nowhere mounted and succeeds (resource-agents 4.16), so
    /// that the other node mounts the file system beside this one.
    private var strays: [StatusFinding] {
        nodes.compactMap { node in
            guard let device = node.facts["mount"], node.facts["mount.linked"] == "no" else { return nil }
            return StatusFinding(
                .problem, on: [node.node],
                "the shared file system is mounted from \(device), to which no link of /dev/disk/by-id leads any more: an "
                    + "orderly stop could leave it mounted, and another node would mount it too; move nothing, and find out "
                    + "which session \(device) belongs to",
                mend: .command("iscsiadm -m session -P 3", on: node.node))
        }
    }

    /// A machine that its host has stopped in mid-work: the agent's monitor calls it running for ever.
    private var paused: [StatusFinding] {
        nodes.compactMap { node in
            guard let why = node.facts["vm.paused"], let name = node.facts["vm.name"] else { return nil }
            let reason = why == "user" ? "somebody did it" : why == "ioerror" ? "its disk failed or is full" : why
            return StatusFinding(
                .problem, on: [node.node],
                "the machine is paused (\(reason)): it answers nobody, and the cluster takes it for one that runs",
                mend: .command("virsh resume \(name.shellQuoted)", on: node.node))
        }
    }
}
