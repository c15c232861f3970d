import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

private let headerText = dump(uuid: FencedNode.header)

/// What ``SBDView`` asks and finds on a node that is fenced through a disk and a watchdog.
struct FencedNode {
    static let disk = "/dev/disk/by-id/wwn-0x6001000000000000"
    static let other = "/dev/disk/by-id/wwn-0x6002000000000000"
    static let header = "0a1b2c3d"

    /// What the running sbd reads; nil where none runs.
    var watched: String? = disk
    var uuid = header
    /// What the running sbd holds.
    var held = "/dev/watchdog1"
    var settings: String? = disk
    var watchdog = "/dev/watchdog1"
    var disks = [disk: "8:10", other: "8:20"]
    var watchdogs = ["/dev/watchdog": "a:82", "/dev/watchdog0": "fe:0", "/dev/watchdog1": "fe:1"]
    var dump: String? = headerText
    var slots = ["nodo1", "nodo2"]
    /// Nil where the cluster gives no configuration.
    var device: String? = disk

    /// The blobs, as a node of the laboratory reported them (sbd 1.5.2).
    var facts: [String: String] {
        var facts: [String: String] = [:]
        var lines: [String] = []
        if let watched {
            facts["sbd_processes"] =
                "==> /proc/69/cmdline <==\nsbd: inquisitor\0\0\0\n==> /proc/70/cmdline <==\n"
                + "sbd: watcher: \(watched) - slot: 1 - uuid: \(uuid)\0\n==> /proc/71/cmdline <==\n"
                + "sbd: watcher: Pacemaker\0\0\n==> /proc/72/cmdline <==\nsbd: watcher: Cluster\0"
            lines = [
                "character special file|1:3|/proc/69/fd/0", "socket|0:0|/proc/69/fd/3",
                "character special file|\(watchdogs[held] ?? "9:9")|/proc/69/fd/4",
                "block special file|\(disks[watched] ?? "9:9")|/proc/70/fd/4", "weird file|0:0|/proc/71/fd/5",
            ]
        }
        lines += disks.map { "block special file|\($1)|\($0)" }
        lines += watchdogs.map { "character special file|\($1)|\($0)" }
        facts["sbd_devices"] = lines.joined(separator: "\n")
        if let settings {
            facts["sbd"] = "# Written by harun\nSBD_DEVICE=\"\(settings)\"\nSBD_WATCHDOG_DEV=\(watchdog)\n"
        }
        facts["dump"] = dump
        if dump != nil { facts["list"] = slots.enumerated().map { "\($0)\t\($1)\tclear\t\n" }.joined() }
        return facts
    }

    var secrets: [String: String] {
        guard let device else { return [:] }
        return [
            "resources": device.isEmpty
                ? "<resources/>"
                : "<resources><primitive id=\"fence-sbd\" class=\"stonith\" type=\"fence_sbd\"><instance_attributes "
                    + "id=\"i\"><nvpair id=\"n\" name=\"devices\" value=\"\(device)\"/></instance_attributes></primitive>"
                    + "</resources>"
        ]
    }
}

@Suite("what fences the nodes is one and the same")
struct SBDAgreementTests {
    private func differences(_ first: FencedNode, _ second: FencedNode = FencedNode()) -> [String] {
        let nodes: [NodeName: Observation] = [
            "nodo1": found(first.facts, secrets: first.secrets), "nodo2": found(second.facts, secrets: second.secrets),
        ]
        return SBDAgreement.differences(nodes, among: twoPeers)
    }

    private func node(_ change: (inout FencedNode) -> Void) -> FencedNode {
        var node = FencedNode()
        change(&node)
        return node
    }

    @Test("a node of the laboratory is read as it is")
    func read() {
        let view = SBDView(found(FencedNode().facts, secrets: FencedNode().secrets))
        #expect(view.isRunning)
        #expect(view.watchers == [.init(name: FencedNode.disk, uuid: FencedNode.header, numbers: ["b 8:10"])])
        #expect(view.held == ["c 1:3", "c fe:1"])
        #expect(view.settings?.devices == [FencedNode.disk])
        #expect(view.settings?.watchdog == "/dev/watchdog1")
        #expect(view.header?.owners == ["nodo1", "nodo2"])
        #expect(view.fencingDevices == [FencedNode.disk])
        #expect(view.name(of: "b 8:10") == FencedNode.disk)
        #expect(view.name(of: "b 9:9") == "a device that is gone (9:9)")
    }

    @Test("nodes that agree have no difference, and neither have nodes without SBD")
    func agreement() {
        #expect(differences(FencedNode()) == [])
        // The first watchdog has two names.
        #expect(differences(node { ($0.watchdog, $0.held) = ("/dev/watchdog", "/dev/watchdog0") }) == [])
        #expect(differences(node { ($0.watchdog, $0.held) = ("/dev/watchdog0", "/dev/watchdog") }) == [])
        // The device of Pacemaker by another name of the same disk.
        #expect(differences(node { ($0.disks["/dev/sdb"], $0.device) = ("8:10", "/dev/sdb") }) == [])
        // A cluster that is stopped tells nothing of its device.
        #expect(differences(node { $0.device = nil }) == [])
        let bare = node {
            ($0.watched, $0.settings, $0.dump, $0.device) = (nil, nil, nil, "")
        }
        #expect(differences(bare, bare) == [])
    }

    @Test("each of the four that speaks of another disk or watchdog is named, with the node and both")
    func drift() {
        let disk = FencedNode.disk
        let other = FencedNode.other
        let table: [((inout FencedNode) -> Void, [String])] = [
            // The settings were written for another disk, and sbd was not restarted.
            (
                {
                    $0.settings = other; $0.dump = dump(uuid: "ffff")
                },
                [
                    "sbd on nodo1 watches \(disk), its settings name \(other)",
                    "nodo1 and nodo2 read different SBD disks: their headers are ffff and \(FencedNode.header)",
                ]
            ),
            // It was restarted on one node, and Pacemaker still writes to the first.
            (
                { ($0.settings, $0.watched) = (other, other) },
                ["Pacemaker fences through \(disk), but sbd on nodo1 watches \(other)"]
            ),
            ({ $0.device = other }, ["Pacemaker fences through \(other), but sbd on nodo1 watches \(disk)"]),
            (
                { ($0.settings, $0.device) = (other, other) },
                [
                    "sbd on nodo1 watches \(disk), its settings name \(other)",
                    "Pacemaker fences through \(other), but sbd on nodo1 watches \(disk)",
                ]
            ),
            ({ $0.device = "" }, ["Pacemaker has no fencing device that writes to \(disk)"]),
            ({ $0.watched = nil }, ["sbd does not run on nodo1"]),
            ({ $0.settings = nil }, ["sbd has no disk in its settings on nodo1 (/etc/default/sbd)"]),
            ({ $0.settings = "" }, ["sbd has no disk in its settings on nodo1 (/etc/default/sbd)"]),
            (
                { $0.settings = "/dev/disk/by-id/wwn-0x9" },
                ["nodo1 does not see the disk in its settings of sbd, /dev/disk/by-id/wwn-0x9"]
            ),
            (
                { $0.watchdog = "/dev/watchdog0" },
                ["sbd on nodo1 holds /dev/watchdog1, its settings name /dev/watchdog0"]
            ),
            ({ $0.held = "none" }, ["sbd on nodo1 holds no watchdog, its settings name /dev/watchdog1"]),
            (
                { $0.watchdog = "/dev/watchdog9" },
                ["nodo1 has no /dev/watchdog9, the watchdog in its settings of sbd"]
            ),
            ({ $0.dump = nil }, ["nodo1 reads no SBD header on \(disk)"]),
            (
                { $0.uuid = "eeee" },
                ["\(disk) has another header (\(FencedNode.header)) than when sbd on nodo1 started (eeee)"]
            ),
            ({ $0.slots = ["nodo1"] }, ["the SBD header that nodo1 reads on \(disk) has no slot of nodo2"]),
            // A disk of the same name on the other box.
            (
                { ($0.uuid, $0.dump) = ("ffff", dump(uuid: "ffff")) },
                ["nodo1 and nodo2 read different SBD disks: their headers are ffff and \(FencedNode.header)"]
            ),
        ]
        for (change, expected) in table { #expect(differences(node(change)) == expected) }
    }

    @Test("what is about the cluster is said once, though every node sees it")
    func once() {
        let without = node { $0.device = "" }
        #expect(
            differences(without, without) == ["Pacemaker has no fencing device that writes to \(FencedNode.disk)"])
    }

    @Test("a watcher whose disk is gone is not taken for one of that name")
    func lost() {
        let lost = node { $0.watched = "/dev/disk/by-id/wwn-0x7" }
        #expect(
            differences(lost) == [
                "sbd on nodo1 watches a device that is gone (9:9), its settings name \(FencedNode.disk)",
                "Pacemaker fences through \(FencedNode.disk), but sbd on nodo1 watches a device that is gone (9:9)",
            ])
    }

    @Test("several disks are compared as sets, and a device without disks takes those of the settings")
    func several() {
        let view = SBDSettings(parsing: "  SBD_DEVICE='/dev/a; /dev/b'\nSBD_OPTS=\n#SBD_DEVICE=/dev/c\nrubbish\n")
        #expect(view.devices == ["/dev/a", "/dev/b"])
        #expect(view.watchdog == "/dev/watchdog")
        var secrets = FencedNode().secrets
        secrets["resources"] = "<resources><primitive id=\"f\" class=\"stonith\" type=\"fence_sbd\"/></resources>"
        #expect(SBDView(found(FencedNode().facts, secrets: secrets)).fencingDevices == [FencedNode.disk])
    }

    @Test("the probe reads a node's processes, disks and settings, and a node without any")
    func script() throws {
        try Tool.withFolder { folder in
            let made = try shell(
                """
                cd \(folder.path) || exit 1
                mkdir -p proc/69/fd proc/70/fd proc/71/fd dev/disk/by-id etc/default bin
                echo sbd >proc/69/comm; echo sbd >proc/70/comm; echo bash >proc/71/comm; mkdir proc/72
                printf 'sbd: inquisitor\\0\\0' >proc/69/cmdline
                printf 'sbd: watcher: /dev/disk/by-id/wwn-0x6001000000000000 - slot: 1 - uuid: 0a1b2c3d\\0' >proc/70/cmdline
                ln -s /dev/null proc/69/fd/4; ln -s ../../../dev/sdb proc/70/fd/4; ln -s /dev/zero proc/71/fd/4
                mknod dev/sdb b 8 16 && mknod dev/watchdog1 c 1 3 || exit 1
                ln -s ../../sdb dev/disk/by-id/wwn-0x6001000000000000
                printf 'SBD_DEVICE="/dev/disk/by-id/wwn-0x6001000000000000"\\nSBD_WATCHDOG_DEV=/dev/watchdog1\\n' >etc/default/sbd
                """)
            try #require(made.code == 0, "\(made.output)")
            try Tool.replace(
                "sbd", in: folder, with: "[ $3 = dump ] && printf '\(dump())\\n' || echo '0\tnodo1\tclear\t'")
            try Tool.replace("cibadmin", in: folder, with: "echo '<resources/>'")
            let result = try Tool.shell(
                "\(ScriptPrelude.text)\n\(words(folder))", in: folder)
            var observation = Observation(code: 0)
            for line in result.output.split(separator: "\n") { observation.take(line) }
            let view = SBDView(observation)
            #expect(view.isRunning)
            #expect(view.watchers == [.init(name: FencedNode.disk, uuid: "0a1b2c3d", numbers: ["b 8:10"])])
            #expect(view.held == ["c 1:3"])
            #expect(view.number(of: FencedNode.disk) == "b 8:10")
            #expect(view.header?.owners == ["nodo1"])
            #expect(view.fencingDevices == [])
            let bare = try Tool.withFolder { empty in
                try Tool.shell(
                    "\(ScriptPrelude.text)\ncibadmin() { return 102; }\n\(words(empty))\nsatisfied",
                    in: empty)
            }
            #expect(bare.code == 0)
            #expect(bare.errors == "")
            #expect(bare.blob("sbd_processes") == nil && bare.blob("sbd") == nil)
        }
    }

    private func words(_ root: URL) -> String {
        "\(SBDView.runningWords(root: root.path))\n\(SBDView.deviceWords(root: root.path))"
    }
}
