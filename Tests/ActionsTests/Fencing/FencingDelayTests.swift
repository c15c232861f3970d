import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

@Suite("Of two nodes that lose each other the one with the resources is shot later", .enabled(if: Tool.arePresent))
struct FencingDelayTests {
    /// What the scheduler asks for when either node is lost, with everything on `nodo1`.
    private func delays(_ service: CIBFragment) throws -> [String: String] {
        let lun = fenceLUN.map { ($0.key, $0.value) }
        let fencing = try make(CIBFencingAction.self, pairs: [("method", .string("sbd"))] + lun)
        let fenced = try #require(CIB(xml: try Example.idleCIB().merged(with: fencing.fragment(device: "/dev/sdz"))))
        return try Tool.withFolder { folder in
            try fenced.merged(with: service).write(
                to: folder.appending(path: "new.xml"), atomically: true, encoding: .utf8)
            var found: [String: String] = [:]
            for node in ["nodo1", "nodo2"] {
                // The second loss is seen from where the resources are, and they start on the first node.
                let result = try Tool.shell(
                    """
                    crm_simulate -x new.xml -S -O up.xml >/dev/null && crm_verify -V -x up.xml >/dev/null &&
                    crm_simulate -x up.xml -S --node-fail=\(node) -G graph.xml -O lost.xml >/dev/null && cat graph.xml
                    """, in: folder)
                #expect(result.code == 0, "\(result.output)\(result.errors)")
                let graph = try #require(XMLTree(parsing: result.output))
                let fence = graph.descendants("crm_event").first {
                    $0["operation"] == "stonith" && $0.first("attributes") != nil
                }
                #expect(fence?["on_node"] == node)
                found[node] = fence?.first("attributes")?["CRM_meta_priority_fencing_delay"]
            }
            return found
        }
    }

    @Test("with a machine, and with storage and address alone; without resources only the device's delay counts")
    func priority() throws {
        for pairs in [
            Example.service, Example.without("vm"), Example.without("address"), Example.without("vm", "address"),
        ] {
            let service = try service(pairs)
            let fragment = service.fragment(device: Example.device)
            #expect(fragment.primitives.allSatisfy { ($0.meta["priority"].flatMap { Int($0) } ?? 0) > 0 })
            let found = try delays(fragment)
            #expect(Set(found.values) == ["0", "15"], "\(found)")
        }
        let idle = try delays(CIBFragment())
        #expect(idle == ["nodo1": "0", "nodo2": "0"])
    }
}
