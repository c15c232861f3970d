import Foundation
import Journaling
import Planning
import TestSupport
import Testing
import Transport

@Suite("The reference of runbooks")
struct RunbookReferenceTests {
    private static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs/runbook-reference.md")
        .path

    /// The worked example, its files moved into each node's folder.
    private static func example() throws -> String {
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let blocks = text.components(separatedBy: "```toml\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
        let example = try #require(blocks.first { $0.hasPrefix("# A complete runbook") })
        return example.replacing("/etc/", with: "$NODE_ROOT/")
    }

    @Test("the worked example plans, runs, is converged, and is taken back where it fails")
    func workedExample() async throws {
        let scene = try Scene(Self.example())
        try scene.fleet.touch("notice", on: "n2")
        let ending = try await scene.run()
        #expect(ending.result == .done)
        #expect(scene.fleet.lines(of: "notice", on: "n1") == ["Maintenance of n1 on Sunday"])
        #expect(scene.fleet.lines(of: "notice-nodes", on: "n1").count == 1)
        #expect(try await scene.run().end?.changed == 0)
        // Somebody takes the notice away and closes the logins of one node: its guard refuses, all is as before.
        for node in Scene.three { try scene.fleet.touch("notice", on: node) }
        try scene.fleet.touch("nologin", on: "n3")
        let refused = try await scene.run()
        #expect(refused.result == .refused)
        for node in Scene.three { #expect(scene.fleet.lines(of: "notice", on: node) == []) }
    }

    @Test("every action and every word of a runbook stands in the reference")
    func words() throws {
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        for word in [
            "`requires`", "`when`", "`on`", "`rolling`", "`with`", "`probe`", "`apply`", "`undo`", "`class`",
            "`timeout`", "`summary`", "`HARUN_STATE`", "`${node.name}`", "`${node.address}`", "`active`", "`first`",
            "`pure`", "`converge`", "`once`", "`destructive`",
        ] { #expect(text.contains(word), "\(word)") }
    }
}
