import Foundation
import Steps
import Testing

@testable import Actions

/// The releases whose tools' output is recorded.
private let releases = ["u22", "d12", "u24", "d13"]

@Suite("A CIB is compared with a fragment and merged with it")
struct CIBTests {
    /// A resource that all fixtures have, with other values, and what they do not have.
    static let fragment = CIBFragment(
        primitives: [
            .init(
                "shared_storage", agent: "ocf:heartbeat:Filesystem",
                attributes: ["fstype": "ext4", "options": "noatime,errors=remount-ro"],
                operations: [
                    .init("start", timeout: "90s"), .init("stop", timeout: "60000ms"),
                    .init("monitor", interval: "20s", timeout: "40s", attributes: ["OCF_CHECK_LEVEL": "20"]),
                ]),
            .init("vm_opencart", agent: "ocf:heartbeat:VirtualDomain", attributes: ["config": "/a&<\"b\".xml"]),
        ],
        constraints: [.colocation(id: "harun-col-vm-fs", resource: "vm_opencart", with: "shared_storage")],
        properties: ["no-quorum-policy": "stop"], defaults: ["resource-stickiness": "200"])

    func cib(_ release: String) throws -> CIB {
        try #require(CIB(xml: fixture("pacemaker/\(release)/cib.ok.xml")))
    }

    @Test("the differences name every value before and after", arguments: releases)
    func differences(release: String) throws {
        let lines = try cib(release).differences(to: Self.fragment)
        #expect(
            lines == [
                "property no-quorum-policy unset → stop",
                "shared_storage: options unset → noatime,errors=remount-ro",
                "shared_storage: start timeout 60s → 90s",
                "shared_storage: monitor interval 30s → 20s",
                "shared_storage: monitor timeout unset → 40s",
                "shared_storage: monitor OCF_CHECK_LEVEL unset → 20",
                "vm_opencart: new resource of ocf:heartbeat:VirtualDomain",
                "harun-col-vm-fs: new constraint, vm_opencart runs only where shared_storage runs",
                "default of every resource: resource-stickiness unset → 200",
            ])
    }

    @Test("a merged CIB has no differences left and keeps everything else", arguments: releases)
    func merge(release: String) throws {
        let before = try cib(release)
        let after = try #require(CIB(xml: before.merged(with: Self.fragment)))
        #expect(after.differences(to: Self.fragment) == [])
        #expect(after.merged(with: Self.fragment) == after.xml)
        #expect(after.root.first("status") == before.root.first("status"))
        #expect(after.version == before.version)
        #expect(after.primitive("vm") == before.primitive("vm"))
        #expect(after.primitive("vm_opencart")?.descendants("nvpair").first?["value"] == "/a&<\"b\".xml")
        #expect(after.property("stonith-enabled") == "false")
    }

    @Test("text and back is the same tree", arguments: releases)
    func roundTrip(release: String) throws {
        let cib = try cib(release)
        #expect(CIB(xml: cib.xml) == cib)
    }

    @Test("values that mean the same are no difference")
    func sameMeaning() {
        #expect(CIBMerge.isSame("timeout", "60", "60s"))
        #expect(CIBMerge.isSame("failure-timeout", "1h", "3600s"))
        #expect(!CIBMerge.isSame("priority", "10", "10s"))
        #expect(!CIBMerge.isSame("timeout", "60s", "61s"))
    }

    @Test("an id that something else has is a conflict")
    func conflicts() throws {
        let taken = CIBFragment(
            primitives: [.init("vip", agent: "ocf:heartbeat:Filesystem", attributes: [:])],
            constraints: [.order(id: "colocation-vm-shared_storage-INFINITY", first: "a", then: "b")])
        #expect(
            try cib("d12").conflicts(with: taken) == [
                "the resource vip exists with agent ocf:heartbeat:IPaddr2, not ocf:heartbeat:Filesystem",
                "colocation-vm-shared_storage-INFINITY is a rsc_colocation already",
            ])
        #expect(try cib("d12").conflicts(with: Self.fragment) == [])
    }

    @Test("a resource that stands for other data is a conflict, whatever else may be changed on it")
    func otherData() throws {
        func storage(_ device: String, _ options: String) -> CIBFragment {
            CIBFragment(primitives: [
                .init(
                    "shared_storage", agent: "ocf:heartbeat:Filesystem",
                    attributes: ["device": device, "directory": "/mnt/shared_storage", "options": options])
            ])
        }
        let merged = try Example.idleCIB().merged(with: storage("/dev/disk/by-id/wwn-0xa", "noatime"))
        let cib = try #require(CIB(xml: merged))
        #expect(cib.conflicts(with: storage("/dev/disk/by-id/wwn-0xa", "ro")) == [])
        #expect(
            cib.conflicts(with: storage("/dev/disk/by-id/wwn-0xb", "noatime")) == [
                "the resource shared_storage has the device /dev/disk/by-id/wwn-0xa, and the inventory asks for "
                    + "/dev/disk/by-id/wwn-0xb; where that is right, take the resource out first (pcs resource delete "
                    + "shared_storage)"
            ])
    }

    private func bound(_ constraints: String) throws -> CIB {
        let xml = try Example.idleCIB().merged(with: service(Example.service).fragment(device: Example.device))
        let kept = try #require(CIB(xml: xml))
        let text = kept.xml
        let start = try #require(text.range(of: "    <constraints>\n"))
        let end = try #require(text.range(of: "    </constraints>\n"))
        return try #require(
            CIB(xml: text[..<start.upperBound] + constraints + text[end.lowerBound...]))
    }

    @Test("constraints of a cluster that an older harun made are kept, or say something else under their own ids")
    func olderIDs() throws {
        func old(_ machine: String) -> String {
            """
            <rsc_colocation id="harun-col-vm-fs" rsc="\(machine)" with-rsc="shared_storage" score="INFINITY"/>
            <rsc_order id="harun-ord-fs-vm" first="shared_storage" then="\(machine)" first-action="start" then-action="start"/>
            <rsc_colocation id="harun-col-vip-vm" rsc="virtual_ip" with-rsc="\(machine)" score="INFINITY"/>
            <rsc_order id="harun-ord-vm-vip" first="\(machine)" then="virtual_ip" first-action="start" then-action="start"/>
            """
        }
        let fragment = try service(Example.service).fragment(device: Example.device)
        let before = try bound(old("vm_opencart"))
        #expect(
            before.differences(to: fragment) == [
                "harun-ord-vm-vip: first-action start → stop", "harun-ord-vm-vip: kind unset → Optional",
                "harun-ord-vm-vip: symmetrical unset → false", "harun-ord-vm-vip: then-action start → stop",
            ])
        let after = try #require(CIB(xml: before.merged(with: fragment)))
        #expect(after.differences(to: fragment) == [])
        #expect(after.root.descendants("rsc_order").count == 2)
        // Another machine's are left as they are, and this one gets its own.
        let other = try bound(old("vm_other"))
        #expect(other.differences(to: fragment).count == 4)
        let merged = try #require(CIB(xml: other.merged(with: fragment)))
        #expect(merged.root.descendants("rsc_colocation").filter { $0["rsc"] == "vm_other" }.count == 1)
        #expect(merged.differences(to: fragment) == [])
        #expect(other.abandoned(keeping: ["shared_storage", "vm_opencart", "virtual_ip"]).map(\.id) == ["vm_other"])
        #expect(
            try bound(old("vm_opencart")).abandoned(keeping: ["shared_storage", "vm_opencart", "virtual_ip"]).isEmpty)
    }

    @Test("somebody's own constraint that says the same is enough, one under harun's id for others is a conflict")
    func othersConstraints() throws {
        let fragment = try service(Example.without("address")).fragment(device: Example.device)
        let theirs = """
            <rsc_colocation id="colocation-1" rsc="vm_opencart" with-rsc="shared_storage" score="INFINITY"/>
            <rsc_order id="order-1" first="shared_storage" then="vm_opencart"/>
            """
        #expect(try bound(theirs).differences(to: fragment) == [])
        let weaker = theirs.replacing("INFINITY", with: "100")
        #expect(try bound(weaker).differences(to: fragment).count == 1)
        let taken = """
            <rsc_colocation id="harun-col-vm_opencart-shared_storage" rsc="vm_b" with-rsc="shared_storage" score="INFINITY"/>
            """
        #expect(
            try bound(taken).conflicts(with: fragment) == [
                "the constraint harun-col-vm_opencart-shared_storage is there for vm_b and shared_storage, and would have "
                    + "to say: vm_opencart runs only where shared_storage runs"
            ])
    }

    @Test("resources inside groups are found, blocks with rules are left alone")
    func groupsAndRules() throws {
        let cib = try #require(
            CIB(
                xml: """
                    <cib epoch="1" admin_epoch="0"><configuration><crm_config/><nodes/><resources><group id="g">
                    <primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2">
                    <meta_attributes id="night"><rule id="r"/><nvpair id="n" name="priority" value="1"/></meta_attributes>
                    </primitive></group></resources><constraints/></configuration><status/></cib>
                    """))
        let wanted = CIBFragment(
            primitives: [.init("ip", agent: "ocf:heartbeat:IPaddr2", attributes: [:], meta: ["priority": "10"])])
        #expect(cib.differences(to: wanted) == ["ip: priority unset → 10"])
        let merged = try #require(CIB(xml: cib.merged(with: wanted)))
        #expect(merged.primitive("ip")?.children.count == 2)
        #expect(merged.root.descendants("group").count == 1)
    }

    @Test("a cut-off answer is no CIB")
    func cutOff() throws {
        let text = try fixture("pacemaker/d12/cib.ok.xml")
        #expect(CIB(xml: String(text.prefix(2000))) == nil)
        #expect(CIB(xml: "") == nil)
    }

    @Test("the real crm_verify accepts every merged CIB", .enabled(if: Tool.arePresent))
    func verified() throws {
        // The schema of Pacemaker 3 is unknown to older tools.
        for release in releases {
            try Tool.withFolder { folder in
                let text = try cib(release).merged(with: Self.fragment)
                    .replacing("pacemaker-4.0", with: "pacemaker-3.7").replacing("3.20.0", with: "3.11.0")
                try text.write(to: folder.appendingPathComponent("cib.xml"), atomically: true, encoding: .utf8)
                let result = try Tool.shell("crm_verify -V --xml-file cib.xml", in: folder)
                #expect(result.code == 0, "\(release): \(result.errors)")
            }
        }
    }
}
