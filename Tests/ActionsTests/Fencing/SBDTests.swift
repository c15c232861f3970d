import Documents
import Steps
import Testing
import Transport

@testable import Actions

/// `sbd dump` of a header with these timeouts.
func dump(uuid: String = "0a1b2c3d", watchdog: Int = 10, msgwait: Int = 20) -> String {
    """
    ==Dumping header on disk /dev/disk/by-id/wwn-0x6001000000000000
    Header version     : 2.1
    UUID               : \(uuid)
    Number of slots    : 255
    Sector size        : 512
    Timeout (watchdog) : \(watchdog)
    Timeout (allocate) : 2
    Timeout (loop)     : 1
    Timeout (msgwait)  : \(msgwait)
    ==Header on disk /dev/disk/by-id/wwn-0x6001000000000000 is dumped
    """
}

let fenceLUN: KeyValuePairs<String, Value.Content> = [
    "portal": .string("10.77.2.20:3260"), "target": .string("iqn.2024-12.lab.storage:ha"), "lun": .integer(2),
]

@Suite("sbd.watchdog and sbd.enable")
struct SBDConfigurationTests {
    @Test("the scripts are the golden ones")
    func golden() throws {
        try GoldenScripts.expect(make(SBDWatchdogAction.self, ["device": .string("/dev/watchdog1")]))
        let with: KeyValuePairs<String, Value.Content> = [
            "wwid": .string("0x6001405aaaa00000"), "watchdog": .string("/dev/watchdog1"),
        ]
        let found: [NodeName: Observation] = [
            "nodo1": found(["device": "/dev/disk/by-id/wwn-0x6001405aaaa00000", "wwid": "0x6001405aaaa00000"])
        ]
        try GoldenScripts.expect(make(SBDEnableAction.self, with), found)
        try GoldenScripts.expect(make(SBDCheckAction.self, with))
    }

    @Test("what a runbook may say is checked")
    func reading() {
        #expect(read(SBDWatchdogAction.self).messages == ["`with` needs `device`"])
        #expect(
            read(SBDEnableAction.self, ["wwid": .string("0x6001405000000001")]).messages == ["`with` needs `watchdog`"])
        #expect(
            read(SBDEnableAction.self, ["watchdog": .string("/dev/watchdog")]).messages
                == ["a LUN needs `wwid`, or `portal`, `target` and `lun`"])
        #expect(
            read(SBDCheckAction.self, ["wwid": .string("0x6001405000000001")]).messages == ["`with` needs `watchdog`"])
    }
}

@Suite("sbd.restart")
struct SBDRestartTests {
    private let action: SBDRestartAction
    private static let running = units([
        "corosync.service": "active", "pacemaker.service": "active", "sbd.service": "active",
    ])
    private static let without = units([
        "corosync.service": "active", "pacemaker.service": "active", "sbd.service": "inactive",
    ])

    init() throws { action = try make(SBDRestartAction.self) }

    private func verdicts(_ facts: [String: String], _ other: [String: String]? = nil) -> Set<Verdict> {
        Set(action.judge(["nodo1": found(facts), "nodo2": found(other ?? facts)]).values)
    }

    @Test("a cluster under sbd is left alone, whatever runs in it")
    func satisfied() {
        let machine = resource("vm", "ocf:heartbeat:VirtualDomain", on: "nodo1")
        #expect(verdicts(["units": Self.running, "status": status(resources: machine)]) == [.satisfied])
    }

    @Test("a cluster without sbd on one node is restarted")
    func needed() {
        let good = ["units": Self.running, "status": status()]
        #expect(
            verdicts(good, ["units": Self.without, "status": status()])
                == [.satisfied, .needed("sbd.service does not run")])
        #expect(verdicts(good, ["units": Self.running]) == [.satisfied, .needed("Pacemaker does not answer")])
        #expect(
            verdicts(good.merging(["pending": "yes"]) { $1 }, good)
                == [.needed("sbd runs with settings that were changed since"), .satisfied])
        #expect(verdicts([:]) == [.needed("corosync.service does not run")])
        #expect(
            verdicts(["units": Self.running, "status": status(quorum: false)])
                == [.needed("the cluster has no quorum")])
    }

    @Test("a cluster at work is never restarted; a fencing device is no work")
    func atWork() {
        let machine = resource("vm", "ocf:heartbeat:VirtualDomain", on: "nodo1")
        #expect(
            verdicts(["units": Self.without, "status": status(resources: machine)])
                == [
                    .refused(
                        "sbd.service does not run. The whole cluster must be restarted for that, and vm runs. In a "
                            + "window for that: `pcs resource disable vm --wait`, deploy, `pcs resource enable vm`")
                ])
        let device = resource("fence-sbd", "stonith:fence_sbd", on: "nodo1")
        #expect(
            verdicts(["units": Self.without, "status": status(resources: device)])
                == [.needed("sbd.service does not run")])
    }

    @Test("every node stops before any starts")
    func order() async throws {
        let context = ScriptedContext { _, _ in .ended(0) }
        let figures = try await action.perform(on: "nodo1", [:], in: context)
        #expect(figures.keys.sorted() == ["start_seconds", "stop_seconds"])
        let kinds = context.log.map { $0.contains("systemctl stop") ? "stop" : "start" }
        #expect(kinds == ["stop", "stop", "start", "start"])
    }

    @Test("where one node cannot stop, none is started")
    func stuck() async {
        let context = ScriptedContext { script, node in
            script.contains("systemctl stop") ? .ended(node == "nodo2" ? 20 : 0, "note resources run meanwhile\n") : nil
        }
        do throws(ProcedureFailure) {
            _ = try await action.perform(on: "nodo1", [:], in: context)
            Issue.record("it went on")
        } catch {
            #expect(error.message.contains("stopping the cluster on nodo2: exit code 20"))
            #expect(error.message.contains("resources run meanwhile"))
        }
    }

    @Test("the scripts are the golden ones")
    func golden() throws {
        try GoldenScripts.expect(action)
        try GoldenScripts.expect(action.stop, "sbd.restart.stop")
        try GoldenScripts.expect(action.start, "sbd.restart.start")
    }
}
