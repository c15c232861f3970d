import Foundation
import Testing

@testable import Actions

/// The scripts run for real, on a CIB in a file: only waiting for a cluster is left out.
@Suite("A CIB is pushed as a patch and taken back", .enabled(if: Tool.arePresent))
struct CIBPushTests {
    private func withCluster(_ body: (URL, CIB, CIBFragment) throws -> Void) throws {
        try Tool.withFolder { folder in
            let text = try fixture("pacemaker/d12/cib.ok.xml")
            try text.write(to: folder.appending(path: "live.xml"), atomically: true, encoding: .utf8)
            try FileManager.default.createDirectory(
                at: folder.appending(path: "state"), withIntermediateDirectories: true)
            try Tool.replace("crm_resource", in: folder, with: "echo \"crm_resource $*\" >>log")
            try Tool.replace("crm_mon", in: folder, with: "echo '<status/>'")
            let base = try #require(CIB(xml: text))
            try body(folder, base, CIBTests.fragment)
        }
    }

    private func run(_ script: Script, in folder: URL) throws -> Tool.Result {
        try Tool.shell(
            "\(ScriptPrelude.text)\n\(script.text)", in: folder, input: String(decoding: script.input, as: UTF8.self),
            environment: ["CIB_file": "\(folder.path)/live.xml", "HARUN_STATE": "\(folder.path)/state"])
    }

    private func live(_ folder: URL) throws -> CIB {
        let text = try String(contentsOf: folder.appending(path: "live.xml"), encoding: .utf8)
        return try #require(CIB(xml: text))
    }

    @Test("a push leaves no difference, and its undo none to the CIB before")
    func pushAndUndo() throws {
        try withCluster { folder, base, fragment in
            let push = CIBPush.script(base: base, new: base.merged(with: fragment), wait: .seconds(60))
            let result = try run(push, in: folder)
            #expect(result.code == 0, "\(result.errors)\(result.output)")
            let after = try live(folder)
            #expect(after.differences(to: fragment) == [])
            #expect(result.blob("simulation")?.contains("vm_opencart") == true)
            #expect(result.blob("status") == "<status/>\n")

            let undo = CIBPush.undo(
                waves: [["vm_opencart"], ["shared_storage"]], mount: "/mnt/none", wait: .seconds(9))
            for _ in 1...2 {
                let back = try run(undo, in: folder)
                #expect(back.code == 0, "\(back.errors)")
                let after = try live(folder)
                #expect(after.root.first("configuration") == base.root.first("configuration"))
            }
            let log = try String(contentsOf: folder.appending(path: "log"), encoding: .utf8)
            #expect(log.contains("--resource vm_opencart --meta --set-parameter target-role"))
            // It ran before the push, so taking the push back does not stop it.
            #expect(!log.contains("--resource shared_storage"))
        }
    }

    @Test("what changed only in the status meanwhile is kept")
    func statusMoves() throws {
        try withCluster { folder, base, fragment in
            let file = folder.appending(path: "live.xml")
            let moved = try String(contentsOf: file, encoding: .utf8)
                .replacing("rc-code=\"7\"", with: "rc-code=\"5\"").replacing(
                    "num_updates=\"17\"", with: "num_updates=\"18\"")
            try moved.write(to: file, atomically: true, encoding: .utf8)
            let push = CIBPush.script(base: base, new: base.merged(with: fragment), wait: .seconds(60))
            let result = try run(push, in: folder)
            #expect(result.code == 0, "\(result.errors)")
            let after = try live(folder)
            #expect(after.differences(to: fragment) == [])
            #expect(after.root.first("status")?.descendants("lrm_rsc_op").contains { $0["rc-code"] == "5" } == true)
        }
    }

    @Test("a configuration that moved on is not overwritten")
    func configurationMoved() throws {
        try withCluster { folder, base, fragment in
            let file = folder.appending(path: "live.xml")
            let moved = try String(contentsOf: file, encoding: .utf8).replacing("epoch=\"7\"", with: "epoch=\"8\"")
            try moved.write(to: file, atomically: true, encoding: .utf8)
            let push = CIBPush.script(base: base, new: base.merged(with: fragment), wait: .seconds(60))
            let result = try run(push, in: folder)
            #expect(result.code == Int32(ScriptPrelude.needed))
            #expect(result.output.contains("changed from 0.7 to 0.8"))
            let after = try live(folder)
            #expect(after.differences(to: fragment) != [])
        }
    }

    @Test("what crm_verify rejects is not pushed")
    func rejected() throws {
        try withCluster { folder, base, _ in
            let broken = CIBFragment(constraints: [.colocation(id: "harun-col", resource: "vm", with: "nothing")])
            let push = CIBPush.script(base: base, new: base.merged(with: broken), wait: .seconds(60))
            let result = try run(push, in: folder)
            #expect(result.code == Int32(ScriptPrelude.refused), "\(result.output)")
            let after = try live(folder)
            #expect(after.differences(to: broken) != [])
        }
    }

    @Test("an undo of what was never pushed does nothing")
    func nothingPushed() throws {
        try withCluster { folder, base, _ in
            let undo = CIBPush.undo(waves: [["vm"]], mount: nil, wait: .seconds(9))
            let result = try run(undo, in: folder)
            #expect(result.output == "nothing was pushed\n")
            let after = try live(folder)
            #expect(after.root.first("configuration") == base.root.first("configuration"))
        }
    }

    @Test("an undo deletes nothing while a resource still runs")
    func stillRunning() throws {
        try withCluster { folder, base, fragment in
            _ = try run(CIBPush.script(base: base, new: base.merged(with: fragment), wait: .seconds(60)), in: folder)
            try Tool.replace("crm_resource", in: folder, with: "echo '<node>nodo1</node>'")
            let back = try run(CIBPush.undo(waves: [["vm_opencart"]], mount: nil, wait: .seconds(9)), in: folder)
            #expect(back.code == 1)
            #expect(back.errors.contains("vm_opencart still runs"))
            let after = try live(folder)
            #expect(after.primitive("vm_opencart") != nil)
        }
    }
}
