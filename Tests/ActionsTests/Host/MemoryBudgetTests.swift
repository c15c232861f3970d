import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("Memory of hosts and machines")
struct MemoryBudgetTests {
    private static let mebi = 1024
    /// The cluster and the system on Debian 12, in MiB.
    private static let stack = 510

    /// In MiB; one machine of KVM where its memory is given.
    private func budget(
        _ total: Int, swap: Int = 0, huge: Int = 0, machine: Int? = nil, release: String = "debian 12",
        workers: Int = 10
    ) -> MemoryBudget {
        let machines = machine.map { [MemoryBudget.Machine(name: "shop", memory: $0 * Self.mebi)] } ?? []
        return MemoryBudget(
            release: release, total: total * Self.mebi, swap: swap * Self.mebi, huge: huge * Self.mebi,
            machines: machines, workers: workers)
    }

    private func word(_ outcome: MemoryBudget.Outcome) -> String {
        switch outcome {
        case .fits: "fits"
        case .tight: "tight"
        case .tooMuch: "too much"
        }
    }

    @Test(
        "fits with what installing takes, is tight without, and is too much where even swap does not do",
        arguments: [
            (0, 509, 0, "too much"), (0, 510, 0, "tight"), (0, 629, 0, "tight"), (0, 630, 0, "fits"),
            (1024, 1661, 0, "too much"), (1024, 1662, 0, "tight"), (1024, 1781, 0, "tight"), (1024, 1782, 0, "fits"),
            (1024, 1561, 100, "too much"), (1024, 1562, 100, "tight"), (1024, 1782, 100, "fits"),
        ])
    func boundaries(machine: Int, total: Int, swap: Int, expected: String) {
        #expect(word(budget(total, swap: swap, machine: machine == 0 ? nil : machine).outcome) == expected)
    }

    @Test(
        "each release has its own room, and the idle workers of pcsd count",
        arguments: [
            ("debian 12", 10, 510), ("debian 13", 10, 890), ("ubuntu 22.04", 10, 510), ("ubuntu 24.04", 10, 550),
            ("debian 14", 10, 900), ("debian 13", 1, 512),
        ])
    func releases(release: String, workers: Int, stack: Int) {
        #expect(word(budget(stack - 1, release: release, workers: workers).outcome) == "too much")
        #expect(word(budget(stack, release: release, workers: workers).outcome) == "tight")
        #expect(word(budget(stack + 120, release: release, workers: workers).outcome) == "fits")
    }

    @Test("memory set aside in huge pages is no other's, and machines that use it need none but QEMU's own")
    func hugePages() {
        var found = budget(1782, huge: 100, machine: 1024)
        #expect(word(found.outcome) == "tight")
        found.machines[0].hasHugePages = true
        #expect(word(found.outcome) == "fits")
        found.huge = 1782 * Self.mebi - (Self.stack + 127) * Self.mebi
        #expect(word(found.outcome) == "too much")
        found.huge -= Self.mebi
        #expect(word(found.outcome) == "tight")
    }

    @Test("QEMU that translates needs an eighth of the host's memory, at most 1 GiB")
    func emulated() {
        // Two nodes of the laboratory with its guest: enough, and not enough for anything more.
        var found = budget(960, machine: 96)
        #expect(word(found.outcome) == "fits")
        found.machines[0].isEmulated = true
        #expect(word(found.outcome) == "tight")
        found.total = 64 * 1024 * Self.mebi
        found.machines[0].memory = (64 * 1024 - 1024 - 128 - Self.stack) * Self.mebi
        #expect(word(found.outcome) == "tight")
        found.machines[0].memory? += 1
        #expect(word(found.outcome) == "too much")
    }

    @Test("a refusal has the figures and what to do, and proposes nothing that would not do")
    func words() {
        #expect(
            budget(3000, machine: 4096).outcome
                == .tooMuch(
                    "shop 4224 MiB, cluster and system 510 MiB make 4734 MiB, and it has 3000 MiB of memory; give this "
                        + "host 1734 MiB more, or shop at most 2362 MiB; type where libvirt defines it: virsh setmaxmem "
                        + "shop 2362M --config"))
        #expect(word(budget(3000, machine: 2362).outcome) == "tight")
        #expect(
            budget(400).outcome
                == .tooMuch("cluster and system 510 MiB, and it has 400 MiB of memory; give this host 110 MiB more"))
        guard case .tooMuch(let why) = budget(1000, machine: 96, release: "debian 13").outcome else {
            Issue.record("not refused")
            return
        }
        #expect(why.contains("type on it: echo PCSD_WORKER_COUNT=1 >>/etc/default/pcsd; systemctl try-restart pcsd"))
        #expect(word(budget(1000, machine: 96, release: "debian 13", workers: 1).outcome) == "fits")
    }

    @Test("a size that cannot be read is said, and refuses nothing by itself")
    func unknown() {
        var found = budget(4000, machine: 1)
        found.machines[0].memory = nil
        #expect(found.outcome == .tight("how much memory shop has cannot be read"))
    }
}

@Suite("What nodes tell of their memory")
struct HostMemoryTests {
    private static func xml(_ name: String, _ mebibytes: Int, type: String = "kvm") -> String {
        "<domain type='\(type)'>\n  <name>\(name)</name>\n  <memory unit='MiB'>\(mebibytes)</memory>\n</domain>\n"
    }

    private func node(_ total: Int, _ secrets: [String: String] = [:]) -> Observation {
        found(["os": "debian 12", "mem.MemTotal": "\(total * 1024)", "mem.SwapTotal": "0"], secrets: secrets)
    }

    @Test("the cluster's machines count on every node, once, and a node's own on that node")
    func sum() {
        let memory = HostMemory(
            [
                "nodo1": node(
                    2300,
                    ["cluster.1": Self.xml("shop", 512), "own.2": Self.xml("shop", 512), "own.3": Self.xml("own", 512)]),
                "nodo2": node(1269, ["cluster.1": Self.xml("shop", 512)]),
                "nodo3": node(1149),
            ], vm: "shop")
        #expect(memory.outcome(on: "nodo1") == .fits)
        // 512 and 128 for QEMU, and 510: that it runs on nodo1 today does not make it smaller here.
        guard case .tight? = memory.outcome(on: "nodo2"), case .tooMuch(let why)? = memory.outcome(on: "nodo3") else {
            Issue.record("\(String(describing: memory.outcome(on: "nodo2")))")
            return
        }
        #expect(why.hasPrefix("shop 640 MiB, cluster and system 510 MiB make 1150 MiB, and it has 1149 MiB of memory"))
        #expect(memory.outcome(on: "other") == nil)
    }

    @Test("a machine that no node has a definition of, and a definition that is none, are told and refuse nothing")
    func unknown() {
        let memory = HostMemory(["nodo1": node(4000, ["own.1": "garbage"])], vm: "shop")
        #expect(
            memory.outcome(on: "nodo1")
                == .tight("how much memory shop needs is not known: no node has a definition of it"))
        #expect(HostMemory(["nodo1": node(4000)], vm: nil).outcome(on: "nodo1") == .fits)
        #expect(HostMemory(["nodo1": found()], vm: nil).outcome(on: "nodo1") == nil)
    }

    @Test("host.check refuses a node that has too little, and remarks where it is tight")
    func check() throws {
        let action = try make(HostCheck.self, ["vm": .string("shop")])
        let tight =
            ["nodo1": node(1200, ["cluster.1": Self.xml("shop", 512)]), "nodo2": node(1149)]
            as [NodeName: Observation]
        #expect(action.judge(tight)["nodo2"]?.reason.contains("and it has 1149 MiB of memory") == true)
        #expect(action.judge(tight)["nodo1"]?.reason.contains("MiB of memory") == false)
        let remarks = action.remarks(tight)
        #expect(remarks.keys.sorted() == ["nodo1"])
        #expect(remarks["nodo1"]?.hasPrefix("memory is tight: shop 640 MiB") == true)
        // A cluster at work is to be mended, not kept from it.
        var working = tight
        working["nodo2"]?.facts["corosync"] = "runs"
        // Debian starts a corosync of its own with the package, and a deploy that failed leaves one without a machine.
        #expect(action.judge(working)["nodo2"]?.reason.contains("of memory") == true)
        working["nodo2"]?.facts["vm.defined"] = "yes"
        #expect(action.judge(working)["nodo2"]?.reason.contains("of memory") == false)
        #expect(action.remarks(working)["nodo2"]?.hasPrefix("memory is short: shop 640 MiB") == true)
    }

    @Test("the script finds the machines of the cluster, of the inventory, those that run and those that start at boot")
    func script() throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "harun-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        func put(_ path: String, _ text: String) throws {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        try put(
            "proc/meminfo",
            "MemTotal:        1000 kB\nMemFree: 1 kB\nSwapTotal: 20 kB\nHugePages_Total:       3\nHugepagesize:  2048 kB\n"
        )
        func look() throws -> Observation {
            let answer = try shell(HostMemory.probe(vm: "shop", root: root.path) + "\nsatisfied")
            #expect(answer.code == ScriptPrelude.satisfied, "\(answer.output)")
            var observation = Observation(code: answer.code)
            for line in answer.output.split(separator: "\n") { observation.take(line) }
            return observation
        }
        let bare = try look()
        #expect(bare.secrets.isEmpty)
        #expect(
            bare.facts == [
                "mem.MemTotal": "1000", "mem.SwapTotal": "20", "mem.HugePages_Total": "3", "mem.Hugepagesize": "2048",
            ])
        try put("run/corosync.pid", "1")
        try put("etc/harun/vm/old.xml", Self.xml("old", 1))
        try put("etc/libvirt/qemu/shop.xml", "<!-- edit with virsh -->\n" + Self.xml("shop", 2))
        try put("etc/libvirt/qemu/idle.xml", Self.xml("idle", 3))
        try put("etc/libvirt/qemu/autostart/boot.xml", Self.xml("boot", 4))
        let status = "<domstatus state='running'>\n  <vcpus/>\n\(Self.xml("live", 5, type: "qemu"))</domstatus>\n"
        try put("run/libvirt/qemu/live.xml", status)
        try put("run/libvirt/qemu/live.pid", "1")
        try put("run/libvirt/qemu/gone.xml", status)
        try put("etc/default/pcsd", "PCSD_WORKER_COUNT=7\n# PCSD_WORKER_COUNT=9\nPCSD_WORKER_COUNT=\"2\"\n")
        let full = try look()
        #expect(full.facts["pcsd.workers"] == "\"2\"")
        #expect(full.facts["corosync"] == "runs")
        let names = full.secrets.mapValues { DomainDefinition(xml: $0)?.name }
        #expect(
            names == ["cluster.1": "old", "cluster.2": "shop", "own.3": "boot", "own.4": "live"], "\(full.secrets)")
        #expect(full.secrets["own.4"].flatMap(DomainDefinition.init)?.type == "qemu")
    }
}
