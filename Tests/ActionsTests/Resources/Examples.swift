import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// Settings, definitions and CIBs that several suites use.
enum Example {
    static let lun: [(String, Value.Content)] = [
        ("portal", .string("10.77.2.20:3260")), ("target", .string("iqn.2024-12.lab:ha")), ("lun", .integer(1)),
    ]
    static let service: [(String, Value.Content)] =
        lun + [
            ("vm", .string("opencart")), ("mount", .string("/mnt/shared_storage")), ("filesystem", .string("ext4")),
            ("address", .string("10.77.0.200/24")), ("interface", .string("br0")),
            ("fencing", .string("none")),
        ]
    static let device = "/dev/disk/by-id/wwn-0x6001405aa0000000"

    static func without(_ keys: String...) -> [(String, Value.Content)] { service.filter { !keys.contains($0.0) } }

    /// What `virsh dumpxml --inactive` says, in its own layout.
    static func domain(disk: String = "/var/lib/libvirt/images/opencart.qcow2", more: String = "") -> String {
        """
        <domain type='qemu'>
          <name>opencart</name>
          <uuid>6a2d6b3e-9a37-4f43-8a4a-0d3f3e0a5a11</uuid>
          <memory unit='KiB'>65536</memory>
          <os>
            <type arch='x86_64' machine='pc-i440fx-7.2'>hvm</type>
            <boot dev='hd'/>
          </os>
          <devices>
            <emulator>/usr/bin/qemu-system-x86_64</emulator>
            <disk type='file' device='disk'>
              <driver name='qemu' type='qcow2'/>
              <source file='\(disk)'/>
              <target dev='vda' bus='virtio'/>
            </disk>
            <disk type='file' device='cdrom'>
              <target dev='sda' bus='sata'/>
            </disk>
            <interface type='bridge'>
              <source bridge='br0'/>
            </interface>
            <interface type='network'>
              <source network='default'/>
            </interface>
        \(more)
            <graphics type='vnc' port='-1' passwd='s3cret'/>
          </devices>
        </domain>

        """
    }

    /// What `virsh capabilities` says of a host with one emulator.
    static func capabilities(
        emulator: String = "/usr/bin/qemu-system-x86_64", machine: String = "pc-i440fx-7.2", type: String = "qemu"
    ) -> String {
        """
        <capabilities><guest><os_type>hvm</os_type><arch name='x86_64'><emulator>\(emulator)</emulator>\
        <machine canonical='\(machine)' maxCpus='255'>pc</machine><domain type='\(type)'/></arch></guest></capabilities>
        """
    }

    /// The blob of ``DomainProbe``.
    static func lists(_ entries: [String: [String]]) -> String {
        ["defined", "active", "autostart", "saved", "snapshots", "checkpoints", "bootnetworks", "networks"].map {
            list in
            let names = entries[list] ?? (list == "bootnetworks" ? entries["networks"] : nil) ?? []
            return "@\(list)\n" + names.map { "\($0)\n" }.joined()
        }.joined()
    }

    /// Two idle nodes, fencing off or on with a device that runs nowhere yet, and nothing else.
    static func idleCIB() throws -> CIB {
        let nodes = [("1", "nodo1"), ("2", "nodo2")]
        let names = nodes.map { "<node id=\"\($0.0)\" uname=\"\($0.1)\"/>" }.joined()
        let states = nodes.map {
            "<node_state id=\"\($0.0)\" uname=\"\($0.1)\" in_ccm=\"true\" crmd=\"online\" join=\"member\" "
                + "expected=\"member\"><lrm id=\"\($0.0)\"><lrm_resources/></lrm></node_state>"
        }.joined()
        return try #require(
            CIB(
                xml: """
                    <cib crm_feature_set="3.11.0" validate-with="pacemaker-3.7" epoch="5" num_updates="3" admin_epoch="0" \
                    have-quorum="1"><configuration><crm_config><cluster_property_set id="cib-bootstrap-options">\
                    <nvpair id="cib-bootstrap-options-stonith-enabled" name="stonith-enabled" value="false"/>\
                    </cluster_property_set></crm_config><nodes>\(names)</nodes><resources/><constraints/></configuration>\
                    <status>\(states)</status></cib>
                    """))
    }

    /// `crm_mon`'s answer where everything runs on one node, or as the changes say.
    static func status(
        on node: String = "nodo1", online: [String] = ["nodo1", "nodo2"], role: String = "Started",
        failures: String = "",
        ids: [String] = ["shared_storage", "vm_opencart", "virtual_ip"]
    ) -> String {
        let nodes = ["nodo1", "nodo2"].map {
            "<node name=\"\($0)\" id=\"1\" online=\"\(online.contains($0))\" unclean=\"false\" pending=\"false\"/>"
        }
        let resources = ids.map {
            "<resource id=\"\($0)\" resource_agent=\"ocf:heartbeat:X\" role=\"\(role)\" active=\"\(role == "Started")\" "
                + "blocked=\"false\" managed=\"true\" failed=\"false\" orphaned=\"false\">"
                + (role == "Started" ? "<node name=\"\(node)\" id=\"1\"/>" : "") + "</resource>"
        }
        return """
            <pacemaker-result><summary><current_dc present="true" name="nodo1" with_quorum="true"/></summary>
            <nodes>\(nodes.joined())</nodes><resources>\(resources.joined())</resources>
            <failures>\(failures)</failures><status code="0"/></pacemaker-result>
            """
    }
}

/// The service of these settings.
func service(_ pairs: [(String, Value.Content)]) throws -> ServiceResources {
    let place = SourceLocation(file: "runbook.toml", line: 1, column: 1)
    let entries = pairs.map { Table.Entry(key: $0.0, keyLocation: place, value: Value($0.1, at: place)) }
    return try #require(ServiceResources(reading: TableReader(Table(entries, at: place), title: "`with`")))
}
