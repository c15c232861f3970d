import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("vm.move")
struct VMMoveTests {
    private func action() throws -> VMMoveAction {
        try make(
            VMMoveAction.self,
            pairs: Example.lun + [
                ("name", .string("opencart")), ("mount", .string("/mnt/shared_storage")),
                ("filesystem", .string("ext4")),
            ])
    }

    private func node(
        _ lists: [String: [String]] = [:], _ facts: [String: String] = [:], xml: String? = nil,
        definition: String? = nil
    ) -> Observation {
        var secrets: [String: String] = [:]
        secrets["xml"] = xml
        secrets["definition"] = definition
        return found(["domains": Example.lists(lists)].merging(facts) { $1 }, secrets: secrets)
    }

    private var source: Observation {
        node(["defined": ["opencart"], "active": ["opencart"], "autostart": ["opencart"]], xml: Example.domain())
    }

    @Test("the scripts are as recorded")
    func golden() throws {
        try GoldenScripts.expect(try action(), ["nodo1": source, "nodo2": node()])
        let unused = try #require(action().apply("nodo2", ["nodo1": source, "nodo2": node()]))
        try GoldenScripts.expect(unused, "vm.move.elsewhere.apply")
    }

    @Test("a machine that libvirt owns must move, one that lies on the LUN everywhere is done")
    func states() throws {
        let before = try action().judge(["nodo1": source, "nodo2": node()])
        #expect(before["nodo1"] == .needed("libvirt on nodo1 owns opencart, which runs and will be shut down"))
        #expect(before["nodo2"] == .satisfied)
        let moved = Example.domain(disk: "/mnt/shared_storage/opencart.qcow2")
        let after = try action().judge(["nodo1": node(definition: moved), "nodo2": node()])
        #expect(after == ["nodo1": .satisfied, "nodo2": .satisfied])
        // The cluster runs it: active, and yet not defined.
        let running = node(["active": ["opencart"]], ["mounted": "yes", "storage": "clustered"], definition: moved)
        #expect(try action().judge(["nodo1": running, "nodo2": node(definition: moved)])["nodo1"] == .satisfied)
    }

    @Test("a mount that an interrupted move left is taken away")
    func leftMounted() throws {
        let moved = Example.domain(disk: "/mnt/shared_storage/opencart.qcow2")
        let left = node([:], ["mounted": "yes"], definition: moved)
        let verdicts = try action().judge(["nodo1": left, "nodo2": node()])
        #expect(verdicts["nodo1"] == .needed("/mnt/shared_storage was left mounted by an interrupted move"))
        #expect(try action().apply("nodo1", ["nodo1": left])?.text == "umount /mnt/shared_storage")
    }

    @Test("snapshots, saved states, a second definition, a foreign mount and a clustered machine are refused")
    func guards() throws {
        let defined = ["defined": ["opencart"]]
        let cases: [(Observation, Observation, String)] = [
            (node(defined.merging(["snapshots": ["opencart"]]) { $1 }, xml: Example.domain()), node(), "snapshots"),
            (node(defined.merging(["checkpoints": ["opencart"]]) { $1 }, xml: Example.domain()), node(), "checkpoints"),
            (node(defined.merging(["saved": ["opencart"]]) { $1 }, xml: Example.domain()), node(), "saved state"),
            (source, node(defined, xml: Example.domain()), "both define opencart"),
            (source, node([:], ["mounted": "yes"]), "mounted on nodo2"),
            (source, node([:], ["mounted.elsewhere": "/data"]), "nodo2: the LUN is mounted at /data"),
            (source, node([:], ["mounted": "yes", "mounted.lun": "no"]), "nodo2: another disk is mounted"),
            (source, node([:], ["place.holds": "/mnt/shared_storage/shop.qcow2"]), "would be hidden by the LUN"),
            (node([:], ["place.link": "/data"]), node(), "is a symbolic link to /data"),
            (
                node(defined, ["users": "shop\n"], xml: Example.domain()), node(),
                "the machine shop uses one of its disks"
            ),
            (node(defined, ["machine": "clustered"], xml: Example.domain()), node(), "second time"),
            (node(), node(), "no node defines"),
            (node(definition: Example.domain()), node(), "not below /mnt/shared_storage"),
        ]
        for (first, second, words) in cases {
            let verdict = try action().judge(["nodo1": first, "nodo2": second])["nodo1"]
            #expect(verdict?.isObstacle == true, "\(words): \(String(describing: verdict))")
            #expect(verdict?.reason.contains(words) == true, "\(words): \(String(describing: verdict))")
        }
    }

    @Test("a node that could not run the machine is named before the machine is shut down")
    func hosts() throws {
        let xml = Example.domain(more: "<interface type='bridge'><source bridge='br7'/></interface>")
        let first = node(
            ["defined": ["opencart"], "active": ["opencart"]], ["links": "lo br7"], xml: xml)
        let second = node([:], ["links": "lo br0"])
        let verdicts = try action().judge(["nodo1": first, "nodo2": second])
        #expect(verdicts["nodo2"] == .refused("opencart needs the network br7, which is not up here"))
        #expect(verdicts["nodo1"]?.isObstacle == true, "libvirt does not tell what it can run: \(verdicts)")
    }

    @Test("paths are rewritten where libvirt writes paths, and equal file names do not meet")
    func rewriting() throws {
        let assets: [DomainDefinition.Asset] = [
            .init(path: "/a/disk.qcow2", kind: .disk(format: "qcow2")), .init(path: "/b/disk.qcow2", kind: .file),
        ]
        #expect(
            VMMoveScript.places(of: assets, in: "/mnt/s") == [
                "/a/disk.qcow2": "/mnt/s/disk.qcow2", "/b/disk.qcow2": "/mnt/s/2-disk.qcow2",
            ])
        let text = DomainDefinition.rewrite(
            "<source file='/a&amp;b/d.img'/><x>/a&amp;b/d.img</x><kernel>/k</kernel>",
            ["/a&b/d.img": "/mnt/s/d.img", "/k": "/mnt/s/k"])
        #expect(text == "<source file='/mnt/s/d.img'/><x>/a&amp;b/d.img</x><kernel>/mnt/s/k</kernel>")
        let old = "/var/lib/libvirt/qemu/nvram/vm_VARS.fd"
        for (os, moved) in [
            ("<nvram template='/t.fd'>\(old)</nvram>", "<nvram template='/t.fd'>/mnt/s/v.fd</nvram>"),
            (
                "<nvram type='file'><source file='\(old)'/></nvram>",
                "<nvram type='file'><source file='/mnt/s/v.fd'/></nvram>"
            ),
            ("<nvram template='/t.fd'/>", "<nvram template='/t.fd'>/mnt/s/v.fd</nvram>"),
            ("<boot dev='hd'/>", "<boot dev='hd'/>  <nvram>/mnt/s/v.fd</nvram>\n  "),
        ] {
            let domain = { (os: String) in "<domain><name>vm</name><os firmware='efi'>\(os)</os></domain>" }
            #expect(DomainDefinition.rewrite(domain(os), [old: "/mnt/s/v.fd"]) == domain(moved))
        }
    }

    @Test("an unknown state of the cluster is said by the plan, and the work itself refuses")
    func unknownCluster() throws {
        let first = node(
            ["defined": ["opencart"]], ["machine.unknown": "Pacemaker does not run here"], xml: Example.domain())
        let verdict = try action().judge(["nodo1": first, "nodo2": node()])["nodo1"]
        #expect(verdict == .needed("libvirt on nodo1 owns opencart; before that: Pacemaker does not run here"))
    }
}

@Suite("vm.distribute")
struct VMDistributeTests {
    private let text = Example.domain(disk: "/mnt/shared_storage/opencart.qcow2")

    private func action() throws -> VMDistributeAction {
        try make(VMDistributeAction.self, ["name": .string("opencart")])
    }

    private func node(
        _ definition: String?, mode: String = "600:0", lists: [String: [String]] = ["networks": ["default"]],
        links: String = "br0 lo", capabilities: String = Example.capabilities()
    ) -> Observation {
        var secrets: [String: String] = [:]
        secrets["definition"] = definition
        return found(
            [
                "domains": Example.lists(lists), "mode": mode, "links": links, "capabilities": capabilities,
                "sum": "abcdef0123456789",
            ],
            secrets: secrets)
    }

    @Test("the scripts are as recorded, and the definition is not in them")
    func golden() throws {
        let both: [NodeName: Observation] = ["nodo1": node(text), "nodo2": node(nil)]
        try GoldenScripts.expect(try action(), on: "nodo2", both)
        let script = try #require(action().apply("nodo2", both))
        #expect(!script.text.contains("s3cret"))
        #expect(String(decoding: script.input, as: UTF8.self) == text)
    }

    @Test("every node needs the same text, readable by root alone, and libvirt must not know the machine")
    func table() throws {
        let cases: [(Observation, String)] = [
            (node(text), ""), (node(nil), "is missing"), (node(text, mode: "644:0"), "read by others"),
            (node("<domain><name>opencart</name></domain>"), "differs between"),
            (node(text, lists: ["defined": ["opencart"], "networks": ["default"]]), "beside the cluster"),
            (node(nil, lists: [:]), "network default"), (node(nil, links: "lo"), "network br0"),
            (node(nil, capabilities: Example.capabilities(emulator: "/usr/bin/kvm")), "is not installed here"),
            (node(nil, capabilities: Example.capabilities(machine: "pc-q35-9.0")), "machine type pc-i440fx-7.2"),
            (node(nil, capabilities: Example.capabilities(type: "xen")), "is defined for qemu"),
            (node(nil, capabilities: "<capabilities"), "does not tell what it can run"),
        ]
        for (second, words) in cases {
            let verdict = try action().judge(["nodo1": node(text), "nodo2": second])["nodo2"]
            #expect(verdict?.reason.contains(words) == true || verdict == .satisfied && words.isEmpty, "\(words)")
        }
        #expect(
            try action().judge(["nodo1": node(nil), "nodo2": node(nil)])["nodo1"]?.reason.contains("no node has")
                == true)
    }
}
