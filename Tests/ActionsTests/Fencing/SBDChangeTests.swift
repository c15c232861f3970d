import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("a change of the fencing disk, the watchdog or the waits")
struct SBDChangeTests {
    private static let new = "/dev/disk/by-id/wwn-0x6002000000000000"
    private static let machine = resource("vm", "ocf:heartbeat:VirtualDomain", on: "nodo1")
    private static let active = units([
        "corosync.service": "active", "pacemaker.service": "active", "sbd.service": "active",
    ])
    private static let stopped = units([
        "corosync.service": "inactive", "pacemaker.service": "inactive", "sbd.service": "inactive",
    ])

    private func with(_ wwid: String = "0x6001000000000000", watchdog: String = "/dev/watchdog1", wait: Int = 10)
        -> KeyValuePairs<String, Value.Content>
    {
        ["wwid": .string(wwid), "watchdog": .string(watchdog), "watchdog_timeout": .integer(wait)]
    }

    private func configuration(_ with: KeyValuePairs<String, Value.Content>) throws -> SBDConfiguration {
        try configuration(pairs: with.map { ($0.key, $0.value) })
    }

    private func configuration(pairs: [(String, Value.Content)]) throws -> SBDConfiguration {
        let place = SourceLocation(file: "runbook.toml", line: 1, column: 1)
        let entries = pairs.map { Table.Entry(key: $0.0, keyLocation: place, value: Value($0.1, at: place)) }
        return try #require(
            SBDConfiguration(
                reading: TableReader(Table(entries, at: place), title: "`with`"), peers: twoPeers))
    }

    /// A node that was configured for the first disk, and is asked about another perhaps.
    private func node(
        _ name: NodeName, device: String = FencedNode.disk, status: String = status(), units: String = active,
        isConfigured: Bool = true
    ) throws -> Observation {
        let configured = try configuration(with())
        var facts = FencedNode().facts
        facts["device"] = device
        facts["wwid"] = device.replacing("/dev/disk/by-id/wwn-", with: "")
        facts["status"] = status
        facts["units"] = units
        let before = found(["device": FencedNode.disk, "wwid": "0x6001000000000000"])
        facts["sbd"] = isConfigured ? configured.settings(of: name, before) : nil
        facts["dropin"] = isConfigured ? configured.dropin(before) + "\n" : nil
        facts["starts"] = isConfigured ? "yes" : nil
        return found(facts)
    }

    private func nodes(
        device: String = FencedNode.disk, status: String = status(), units: String = active, isConfigured: Bool = true
    ) throws -> [NodeName: Observation] {
        var result: [NodeName: Observation] = [:]
        for peer in twoPeers {
            result[peer.name] = try node(
                peer.name, device: device, status: status, units: units, isConfigured: isConfigured)
        }
        return result
    }

    private func verdicts(_ with: KeyValuePairs<String, Value.Content>, _ nodes: [NodeName: Observation]) throws
        -> (check: Set<Verdict>, enable: Set<Verdict>)
    {
        (
            Set(try make(SBDCheckAction.self, with).judge(nodes).values),
            Set(try make(SBDEnableAction.self, with).judge(nodes).values)
        )
    }

    @Test("nodes that are as they should be are left alone, whatever runs")
    func same() throws {
        let found = try verdicts(with(), nodes(status: status(resources: Self.machine)))
        #expect(found.check == [.satisfied])
        #expect(found.enable == [.satisfied])
    }

    @Test("while resources run no node is written to, and the words name both values and the safe way")
    func refused() throws {
        let busy = status(resources: Self.machine)
        let table: [(KeyValuePairs<String, Value.Content>, String, String)] = [
            (with("0x6002000000000000"), Self.new, "SBD_DEVICE=\(FencedNode.disk) → \(Self.new)"),
            (with(watchdog: "/dev/watchdog0"), FencedNode.disk, "SBD_WATCHDOG_DEV=/dev/watchdog1 → /dev/watchdog0"),
            (with(wait: 20), FencedNode.disk, "SBD_WATCHDOG_TIMEOUT=10 → 20"),
        ]
        for (with, device, change) in table {
            let found = try verdicts(with, nodes(device: device, status: busy))
            for verdict in found.check.union(found.enable) {
                guard case .refused(let why) = verdict else {
                    Issue.record("\(verdict)")
                    continue
                }
                for words in [
                    "nodo1: sbd is configured in another way: \(change)", "nodo2: ", "vm runs",
                    "`pcs resource disable vm --wait`", "`pcs resource enable vm`",
                ] { #expect(why.contains(words), "\(why)") }
            }
            #expect(found.check.count == 1 && found.enable.count == 1)
        }
    }

    @Test("one judgement for all nodes: what runs on one, or a node that is not well, forbids it on every node")
    func fleet() throws {
        let fine = try nodes(device: Self.new)
        let table: [(Observation, String)] = [
            (try node("nodo2", device: Self.new, status: status(resources: Self.machine)), "vm runs"),
            (try node("nodo2", device: Self.new, status: status(offline: ["nodo1"])), "nodo1 is not online"),
            (try node("nodo2", device: Self.new, status: status(quorum: false)), "the cluster has no quorum"),
            (try node("nodo2", device: Self.new, status: "<cut"), "Pacemaker on nodo2 runs, but does not answer"),
            (try node("nodo2", device: "/dev/disk/by-id/wwn-0x9"), "do not see the same fencing disk"),
        ]
        for (second, why) in table {
            let found = try verdicts(
                with("0x6002000000000000"), ["nodo1": #require(fine["nodo1"]), "nodo2": second])
            for verdict in found.check.union(found.enable) {
                guard case .refused(let words) = verdict else {
                    Issue.record("\(verdict)")
                    continue
                }
                #expect(words.contains(why), "\(words)")
            }
        }
    }

    @Test("an idle cluster, a stopped one and one that never had sbd are changed")
    func allowed() throws {
        let change = "sbd is configured in another way: SBD_DEVICE=\(FencedNode.disk) → \(Self.new)"
        let device = resource("fence-sbd", "stonith:fence_sbd", on: "nodo1")
        for found in [
            try nodes(device: Self.new), try nodes(device: Self.new, status: status(resources: device)),
            try nodes(device: Self.new, status: "", units: Self.stopped),
        ] {
            let verdicts = try verdicts(with("0x6002000000000000"), found)
            #expect(verdicts.check == [.satisfied])
            #expect(verdicts.enable == [.needed(change)])
        }
        let bare = try verdicts(with(), nodes(isConfigured: false))
        #expect(bare.check == [.satisfied])
        #expect(bare.enable == [.needed("sbd is not configured")])
        // A node that was stopped in order comes back with the restart.
        let one = try verdicts(
            with("0x6002000000000000"),
            [
                "nodo1": node("nodo1", device: Self.new, status: status(offline: ["nodo2"])),
                "nodo2": node("nodo2", device: Self.new, status: "", units: Self.stopped),
            ])
        #expect(one.check == [.satisfied])
    }

    @Test("a comment, a drop-in and a link need no restart, and are written beside resources that run")
    func harmless() throws {
        var nodes = try nodes(status: status(resources: Self.machine))
        nodes["nodo1"]?.facts["sbd"]?.append("\n# somebody's note\n")
        #expect(try verdicts(with(), nodes).enable == [.satisfied])
        nodes["nodo1"]?.facts["dropin"] = "old"
        nodes["nodo2"]?.facts["starts"] = nil
        #expect(
            try verdicts(with(), nodes).enable
                == [
                    .needed(
                        "systemd waits for sbd and its disk in another way, by /etc/systemd/system/sbd.service.d/harun.conf"
                    ), .needed("sbd does not start with the cluster"),
                ])
        nodes["nodo1"]?.facts["dropin"] = nil
        #expect(try verdicts(with(), nodes).enable.contains(.needed("sbd does not wait for its disk at boot")))
    }

    @Test("systemd is more patient with sbd's start than sbd with its disk and its sleep of msgwait, without a restart")
    func startTimeout() throws {
        func seconds(_ more: KeyValuePairs<String, Value.Content>) throws -> Int {
            let entries =
                [("wwid", .string("0x6001000000000000")), ("watchdog", .string("/dev/watchdog"))]
                + more.map { ($0, $1) }
            let dropin = try configuration(pairs: entries).dropin(found(["wwid": "0x6001000000000000"]))
            return try #require(dropin.firstMatch(of: #/\n\[Service\]\nTimeoutStartSec=(\d+)$/#).flatMap { Int($0.1) })
        }
        for msgwait in [20, 80, 600] {
            #expect(try seconds(["msgwait": .integer(msgwait)]) > 120 + msgwait)
            let longest = SBDStartDelay(found(["token": "60000"]), nodes: 2, msgwait: msgwait)
            #expect(ClusterWait.startLimit > .seconds(120 + longest.seconds))
        }
        #expect(try seconds(["delay_start": .boolean(false)]) == 150)
        // As harun wrote it before.
        var nodes = try nodes(status: status(resources: Self.machine))
        let lines = try #require(nodes["nodo1"]?.facts["dropin"]).split(
            separator: "\n", omittingEmptySubsequences: false)
        nodes["nodo1"]?.facts["dropin"] = lines.dropLast(4).joined(separator: "\n") + "\n"
        let outcome = try verdicts(with(), nodes)
        #expect(outcome.check == [.satisfied])
        #expect(outcome.enable.contains { $0.reason.hasPrefix("systemd waits for sbd") })
    }

    @Test(
        "a node stays away until the longest fence of it has ended; a delay that is too short is mended beside a service"
    )
    func startDelay() throws {
        func seconds(_ facts: [String: String] = [:], nodes: Int = 2, msgwait: Int = 20) -> Int {
            SBDStartDelay(found(facts), nodes: nodes, msgwait: msgwait).seconds
        }
        // Token 5 s, consensus 6 s, the fence's delay 20 s, msgwait, 5 s.
        #expect(seconds() == 56)
        #expect(seconds(nodes: 3) == 36)
        #expect(seconds(["token": "3000", "consensus": "3600"]) == 52)
        #expect(seconds(["token": "x"], msgwait: 600) == 636)
        #expect(seconds(["token": "999999999999"]) == 645)
        let delay = SBDStartDelay(nil, nodes: 2, msgwait: 20)
        #expect(["yes", "1", "no", "", "55"].allSatisfy { !delay.isMet(by: $0) })
        #expect(delay.isMet(by: "56") && delay.isMet(by: "300"))
        // As harun wrote it before: enough for a node that is told to go, too short for one that resets itself.
        var nodes = try nodes(status: status(resources: Self.machine))
        for name in Array(nodes.keys) {
            let written = nodes[name]?.facts["sbd"]
            nodes[name]?.facts["sbd"] = written?.replacing("DELAY_START=56", with: "DELAY_START=yes")
        }
        let outcome = try verdicts(with(), nodes)
        #expect(outcome.check == [.satisfied])
        #expect(
            outcome.enable == [.needed("a node must not be back before its fence has ended: SBD_DELAY_START=yes → 56")])
    }

    @Test("sbd.restart sees settings that were changed by hand, and refuses beside resources with the safe way")
    func drift() throws {
        let action = try make(SBDRestartAction.self)
        var nodes = try nodes()
        nodes["nodo2"]?.facts["sbd"] = try configuration(with("0x6002000000000000")).settings(
            of: "nodo2", found(["device": Self.new]))
        let drift = "sbd on nodo2 watches \(FencedNode.disk), its settings name \(Self.new)"
        #expect(action.judge(nodes) == ["nodo1": .satisfied, "nodo2": .needed(drift)])
        nodes["nodo1"]?.facts["status"] = status(resources: Self.machine)
        let refused = Set(action.judge(nodes).values)
        #expect(
            refused == [
                .refused(
                    "\(drift). The whole cluster must be restarted for that, and vm runs. In a window for that: "
                        + "`pcs resource disable vm --wait`, deploy, `pcs resource enable vm`")
            ])
    }
}

/// What the scripts of `sbd.enable` do to a node's files, with processes of its own below `/proc`.
@Suite("sbd.enable on a node's files")
struct SBDEnableRunTests {
    private static let first = "/dev/disk/by-id/wwn-0x6001000000000000"

    /// A node on which sbd runs with the first disk, by the settings that are put back.
    private func sandbox(_ folder: URL, enabled: Bool = true, runs: Bool = true, watches: String = "sdb") throws
        -> UndoSandbox
    {
        try UndoSandbox(
            folder,
            prepare: """
                mkdir -p $R/etc/default $R/dev/disk/by-id $R/proc/70/fd $R/proc/71/fd $R/var/lib/pacemaker/cib
                mknod $R/dev/sdb b 8 16; mknod $R/dev/sdc b 8 32; mknod $R/dev/watchdog1 c 254 1
                ln -s ../../sdb $R/dev/disk/by-id/wwn-0x6001000000000000; ln -s ../../sdc $R/dev/disk/by-id/wwn-0x6002000000000000
                printf 'SBD_DEVICE="\(Self.first)"\\nSBD_WATCHDOG_DEV=/dev/watchdog1\\n' | sed "s#/dev/#$R/dev/#" >$R/etc/default/sbd
                \(enabled ? "ln -s /lib/sbd.service $R/etc/systemd/system/sbd.service.link" : "rm $R/etc/default/sbd")
                if \(runs); then
                    : >$R/active/sbd.service; : >$R/active/corosync.service
                    for n in 70 71; do echo sbd >$R/proc/$n/comm; done
                    ln -s $R/dev/\(watches) $R/proc/70/fd/4; ln -s $R/dev/watchdog1 $R/proc/71/fd/4
                    ln -s /dev/null $R/proc/71/fd/0
                fi
                """)
    }

    private func action() throws -> SBDEnableAction {
        try make(SBDEnableAction.self, ["wwid": .string("0x6002000000000000"), "watchdog": .string("/dev/watchdog1")])
    }

    private static let observed: [NodeName: Observation] = [
        "nodo1": found(["device": "/dev/disk/by-id/wwn-0x6002000000000000", "wwid": "0x6002000000000000"])
    ]

    @Test("taken back beside the old sbd that runs on: the old settings, nothing stopped", .enabled(if: geteuid() == 0))
    func beside() throws {
        try Tool.withFolder { folder in
            let sandbox = try sandbox(folder)
            let before = try sandbox.snapshot()
            let done = try sandbox.run(action().apply("nodo1", Self.observed))
            #expect(done.code == 0, "\(done.output)")
            #expect(try sandbox.snapshot() != before)
            let undone = try sandbox.run(action().undo("nodo1"))
            #expect(undone.code == 0, "\(undone.output)")
            #expect(try sandbox.snapshot() == before)
        }
    }

    @Test(
        "where sbd was started with the new disk since, the old settings would lie and are not put back",
        .enabled(if: geteuid() == 0))
    func restarted() throws {
        try Tool.withFolder { folder in
            let sandbox = try sandbox(folder, watches: "sdc")
            _ = try sandbox.run(action().apply("nodo1", Self.observed))
            let written = try sandbox.snapshot()
            let undone = try sandbox.run(action().undo("nodo1"))
            #expect(undone.code == ScriptPrelude.refused)
            #expect(undone.output.contains("pcs cluster stop --all"), "\(undone.output)")
            #expect(try sandbox.snapshot() == written)
        }
    }

    @Test(
        "a node that had no sbd is as before, also beside one that runs, but not while Pacemaker fences through it",
        .enabled(if: geteuid() == 0))
    func first() throws {
        try Tool.withFolder { folder in
            let sandbox = try sandbox(folder, enabled: false)
            let before = try sandbox.snapshot()
            _ = try sandbox.run(action().apply("nodo1", Self.observed))
            let written = try sandbox.snapshot()
            let cib = "echo '<primitive class=\"stonith\" type=\"fence_sbd\"/>' >/var/lib/pacemaker/cib/cib.xml"
            _ = try sandbox.run(Script(cib))
            let refused = try sandbox.run(action().undo("nodo1"))
            #expect(refused.code == ScriptPrelude.refused)
            #expect(refused.output.contains("Pacemaker still fences through sbd"))
            _ = try sandbox.run(Script("command rm /var/lib/pacemaker/cib/cib.xml"))
            #expect(try sandbox.snapshot() == written)
            let undone = try sandbox.run(action().undo("nodo1"))
            #expect(undone.code == 0, "\(undone.output)")
            #expect(try sandbox.snapshot() == before)
        }
    }
}
