import Documents
import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// The configurations that a deploy leaves, as files: `scripts/check-cib` has the tools of each release judge them.
@Suite("What harun pushes is as recorded")
struct PushedCIBTests {
    private static let releases = [("d12", "pacemaker-3.9", "3.16.1"), ("d13", "pacemaker-4.0", "3.20.0")]
    private static let variants: [(String, [(String, Value.Content)])] = [
        ("whole", Example.service),
        ("address", Example.without("vm")),
        ("machine", Example.without("address", "interface")),
        ("storage", Example.without("vm", "address", "interface")),
        ("any-interface", Example.without("interface")),
        ("ipv6", Example.without("address") + [("address", .string("fd00::200/64"))]),
        ("xfs", Example.without("filesystem") + [("filesystem", .string("xfs"))]),
    ]

    private func idle(_ schema: String, _ features: String) throws -> CIB {
        let text = try Example.idleCIB().xml
            .replacing("pacemaker-3.7", with: schema).replacing("3.11.0", with: features)
        return try #require(CIB(xml: text))
    }

    private func fenced(_ method: String, _ cib: CIB) throws -> CIB {
        let lun = fenceLUN.map { ($0.key, $0.value) }
        let action = try make(CIBFencingAction.self, pairs: [("method", .string(method))] + lun)
        return try #require(
            CIB(xml: cib.merged(with: action.fragment(device: "/dev/disk/by-id/wwn-0x6001000000000000"))))
    }

    @Test("for Debian 12 and 13, with and without each part")
    func golden() throws {
        for (release, schema, features) in Self.releases {
            let idle = try idle(schema, features)
            let fenced = try fenced("sbd", idle)
            try GoldenScripts.expect(text: fenced.xml, "cib.fenced.\(release).xml")
            for (name, pairs) in Self.variants {
                let fragment = try service(pairs).fragment(device: Example.device)
                try GoldenScripts.expect(text: fenced.merged(with: fragment), "cib.\(name).\(release).xml")
            }
            let whole = try service(Example.service).fragment(device: Example.device)
            let unfenced = try self.fenced("none", idle)
            try GoldenScripts.expect(text: unfenced.merged(with: whole), "cib.unfenced.\(release).xml")
        }
    }
}
