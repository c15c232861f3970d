import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("Everything that needs the shared file system is found, whoever put it there")
struct StorageDependentsTests {
    private func cib(_ resources: String, _ constraints: String = "") throws -> CIB {
        let storage = """
            <primitive id="shared_storage" class="ocf" provider="heartbeat" type="Filesystem"><instance_attributes id="s">
            <nvpair id="s1" name="directory" value="/mnt/s"/></instance_attributes></primitive>
            """
        let text = try Example.idleCIB().xml
            .replacing(
                "<resources/>",
                with: "<resources>\(resources.contains("shared_storage\"") ? "" : storage)\(resources)</resources>"
            )
            .replacing("<constraints/>", with: "<constraints>\(constraints)</constraints>")
        return try #require(CIB(xml: text))
    }

    private func machine(_ id: String, config: String = "/x/none.xml", meta: String = "") -> String {
        """
        <primitive id="\(id)" class="ocf" provider="heartbeat" type="VirtualDomain"><instance_attributes id="\(id)-i">\
        <nvpair id="\(id)-c" name="config" value="\(config)"/></instance_attributes>\(meta)</primitive>
        """
    }

    private func found(_ cib: CIB, _ definitions: String = "") -> StorageDependents {
        StorageDependents(cib, mount: "/mnt/s", definitions: definitions)
    }

    @Test("through constraints, sets, groups and any number of steps")
    func constraints() throws {
        let direct = """
            <rsc_colocation id="c1" rsc="a" with-rsc="shared_storage" score="INFINITY"/>
            <rsc_colocation id="c2" rsc="b" with-rsc="a" score="INFINITY"/>
            <rsc_colocation id="c3" rsc="c" with-rsc="shared_storage" score="100"/>
            <rsc_order id="o1" first="shared_storage" then="d"/>
            """
        let four = ["a", "b", "c", "d"].map { machine($0) }.joined()
        #expect(found(try cib(four, direct)).members.map(\.id) == ["a", "b"])
        let set = """
            <rsc_colocation id="c1" score="INFINITY"><resource_set id="r"><resource_ref id="shared_storage"/>
            <resource_ref id="a"/></resource_set></rsc_colocation>
            """
        #expect(found(try cib(four, set)).members.map(\.id) == ["a"])
        let group = """
            <group id="g"><primitive id="shared_storage" class="ocf" provider="heartbeat" type="Filesystem"/>\
            \(machine("a"))\(machine("b"))</group>\(machine("c"))
            """
        let withGroup = "<rsc_colocation id=\"c1\" rsc=\"c\" with-rsc=\"g\" score=\"INFINITY\"/>"
        #expect(found(try cib(group, withGroup)).members.map(\.id) == ["a", "b", "c"])
    }

    @Test("by what they use; unbound they are refused with the commands that bind them")
    func uses() throws {
        let both = machine("vm_a", config: "/etc/harun/vm/a.xml") + machine("vm_b", config: "/mnt/s/b.xml")
        let dependents = found(try cib(both + machine("vm_c")), "/etc/harun/vm/a.xml\ta\n")
        #expect(dependents.members.map(\.id) == ["vm_a", "vm_b"])
        #expect(dependents.members.first?.machine == "a")
        #expect(dependents.unbound == ["vm_a", "vm_b"])
        #expect(
            dependents.refusal(mount: "/mnt/s")
                == "vm_a and vm_b need /mnt/s, and nothing keeps them with shared_storage: pcs constraint colocation add vm_a "
                + "with shared_storage score=INFINITY; pcs constraint order start shared_storage then start vm_a")
        let bound = """
            <rsc_colocation id="c1" rsc="vm_a" with-rsc="shared_storage" score="INFINITY"/>
            <rsc_order id="o1" first="shared_storage" then="vm_a"/>
            """
        #expect(found(try cib(both, bound), "/etc/harun/vm/a.xml\ta\n").unbound == ["vm_b"])
        let half = "<rsc_colocation id=\"c1\" rsc=\"vm_a\" with-rsc=\"shared_storage\" score=\"INFINITY\"/>"
        #expect(found(try cib(both, half), "/etc/harun/vm/a.xml\ta\n").unbound == ["vm_a", "vm_b"])
        #expect(found(try Example.idleCIB()).members.isEmpty)
    }

    @Test("one that runs apart, fails or stands still is named; one that a person stopped may stand still")
    func running() throws {
        let colocation = "<rsc_colocation id=\"c1\" rsc=\"a\" with-rsc=\"shared_storage\" score=\"INFINITY\"/>"
        let stopped = """
            <meta_attributes id="m"><nvpair id="m1" name="target-role" value="Stopped"/></meta_attributes>
            """
        func problems(_ nodes: String?, meta: String = "", failed: Bool = false) throws -> [String] {
            func resource(_ id: String, _ node: String?) -> String {
                "<resource id=\"\(id)\" resource_agent=\"x\" role=\"Started\" active=\"\(node != nil)\" failed=\"\(failed)\">"
                    + (node.map { "<node name=\"\($0)\"/>" } ?? "") + "</resource>"
            }
            let status = try #require(
                PacemakerStatus(
                    xml: "<pacemaker-result><resources>\(resource("shared_storage", "nodo1"))\(resource("a", nodes))"
                        + "</resources><status code=\"0\"/></pacemaker-result>"))
            return found(try cib(machine("a", meta: meta), colocation)).problems(status, besides: ["shared_storage"])
        }
        #expect(try problems("nodo1") == [])
        #expect(try problems("nodo2") == ["a runs on nodo2, apart from shared_storage, which it needs"])
        #expect(try problems(nil) == ["a, which needs shared_storage too, is stopped"])
        #expect(try problems(nil, meta: stopped) == [])
        #expect(try problems("nodo1", failed: true) == ["a has failed"])
    }

    @Test("the script finds the machines whose definitions lead to the mount point, whoever wrote the configuration")
    func script() throws {
        try Tool.withFolder { folder in
            for (name, disk) in [("a", "/mnt/s/a.qcow2"), ("b", "/mnt/s2/b.qcow2")] {
                try Example.domain(disk: disk).write(
                    to: folder.appending(path: "\(name).xml"), atomically: true, encoding: .utf8)
            }
            let pairs = """
                <nvpair id="1" name="config" value="\(folder.path)/a.xml"/>
                <nvpair name="config" value="\(folder.path)/b.xml" id="2"/>
                <nvpair name="config" value="\(folder.path)/none.xml" id="3"/>
                """
            let result = try Tool.shell(
                "\(ScriptPrelude.text)\ncib='\(pairs)'\n\(StorageDependents.probe(mount: "/mnt/s"))", in: folder)
            #expect(result.blob("definitions") == "\(folder.path)/a.xml\topencart\n", "\(result.errors)")
        }
    }
}
