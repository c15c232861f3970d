import Foundation
import Steps
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
                resources: ["shared_storage", "vm_opencart"], mount: ("shared_storage", "/mnt/none"), wait: .seconds(9))
            for _ in 1...2 {
                let back = try run(undo, in: folder)
                #expect(back.code == 0, "\(back.errors)")
                let after = try live(folder)
                #expect(after.root.first("configuration") == base.root.first("configuration"))
            }
            let log = try String(contentsOf: folder.appending(path: "log"), encoding: .utf8)
            #expect(log.contains("--resource vm_opencart --locate"))
            // It ran before the push, so taking the push back does not stop it.
            #expect(!log.contains("--resource shared_storage"))
            #expect(!log.contains("target-role"))
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
            let undo = CIBPush.undo(resources: ["vm"], wait: .seconds(9))
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
            let back = try run(CIBPush.undo(resources: ["vm_opencart"], wait: .seconds(9)), in: folder)
            #expect(back.code == 1)
            #expect(back.errors.contains("vm_opencart still runs"))
            let after = try live(folder)
            #expect(after.primitive("vm_opencart") != nil)
            #expect(!after.xml.contains(CIBPush.stopPrefix), "it runs on as before the undo")
        }
    }

    @Test("a pushed update is taken back while the file system is mounted, as it must be")
    func update() throws {
        try withCluster { folder, base, _ in
            let update = CIBFragment(primitives: [
                .init("shared_storage", agent: "ocf:heartbeat:Filesystem", attributes: ["options": "noatime"])
            ])
            #expect(
                try run(CIBPush.script(base: base, new: base.merged(with: update), wait: .seconds(9)), in: folder).code
                    == 0)
            let undo = CIBPush.undo(
                resources: ["shared_storage"], mount: ("shared_storage", "/proc"), wait: .seconds(9))
            let back = try run(undo, in: folder)
            #expect(back.code == 0, "\(back.errors)")
            #expect(try live(folder).root.first("configuration") == base.root.first("configuration"))
            let log = try String(contentsOf: folder.appending(path: "log"), encoding: .utf8)
            #expect(!log.contains("--locate"), "nothing was stopped")
        }
    }

    @Test("a file system that the push brought must be unmounted before its resource goes")
    func mounted() throws {
        try withCluster { folder, base, fragment in
            _ = try run(CIBPush.script(base: base, new: base.merged(with: fragment), wait: .seconds(9)), in: folder)
            let undo = CIBPush.undo(resources: ["vm_opencart"], mount: ("vm_opencart", "/proc"), wait: .seconds(9))
            let back = try run(undo, in: folder)
            #expect(back.code == 1)
            #expect(back.errors.contains("/proc is still mounted here"), "\(back.errors)")
            #expect(try live(folder).differences(to: fragment) == [])
        }
    }

    @Test("what somebody else bound to a pushed resource keeps it: nothing is stopped, nothing goes")
    func needed() throws {
        try withCluster { folder, base, fragment in
            _ = try run(CIBPush.script(base: base, new: base.merged(with: fragment), wait: .seconds(9)), in: folder)
            let bound = try live(folder).merged(
                with: CIBFragment(constraints: [.order(id: "theirs", first: "vm_opencart", then: "vip")]))
            try bound.write(to: folder.appending(path: "live.xml"), atomically: true, encoding: .utf8)
            let back = try run(CIBPush.undo(resources: ["vm_opencart"], wait: .seconds(9)), in: folder)
            #expect(back.code == 1)
            #expect(back.errors.contains("the cluster needs what was pushed"), "\(back.errors)")
            #expect(try live(folder).xml == CIB(xml: bound)?.xml)
        }
    }

    /// Counts the tools that change the configuration, and takes the power away at the one of the number in `KILL`.
    private static let counted = """
        echo x >>calls
        [ "$(wc -l <calls)" != "${KILL:-0}" ] || { kill -9 $PPID; exit 1; }
        exec /usr/sbin/cibadmin "$@"
        """

    @Test("wherever push and undo are cut off, the undo that ends leaves the configuration as it was")
    func cutOff() throws {
        var calls = 1
        var kill = 0
        while kill <= calls {
            try withCluster { folder, base, fragment in
                try Tool.replace("cibadmin", in: folder, with: Self.counted)
                func run(_ script: Script, killing call: Int) throws -> Tool.Result {
                    try Tool.shell(
                        "\(ScriptPrelude.text)\n\(script.text)", in: folder,
                        input: String(decoding: script.input, as: UTF8.self),
                        environment: [
                            "CIB_file": "\(folder.path)/live.xml", "HARUN_STATE": "\(folder.path)/state",
                            "KILL": "\(call)",
                        ])
                }
                let push = CIBPush.script(base: base, new: base.merged(with: fragment), wait: .seconds(9))
                let undo = CIBPush.undo(resources: ["shared_storage", "vm_opencart"], wait: .seconds(9))
                _ = try run(push, killing: kill)
                _ = try run(undo, killing: kill)
                if kill == 0 {
                    calls = try String(contentsOf: folder.appending(path: "calls"), encoding: .utf8).count / 2
                }
                let back = try run(undo, killing: 0)
                #expect(back.code == 0, "cut off at \(kill): \(back.errors)")
                let after = try live(folder)
                #expect(after.root.first("configuration") == base.root.first("configuration"), "cut off at \(kill)")
            }
            kill += 1
        }
        #expect(calls > 6)
    }

    @Test("what an undo that was cut off keeps stopped, the next push lets run again")
    func released() throws {
        try withCluster { folder, base, fragment in
            _ = try run(CIBPush.script(base: base, new: base.merged(with: fragment), wait: .seconds(9)), in: folder)
            // The power goes while the cluster stops the resources.
            try Tool.replace("crm_resource", in: folder, with: "kill -9 $PPID")
            _ = try run(CIBPush.undo(resources: ["vm_opencart"], wait: .seconds(9)), in: folder)
            let stopped = try live(folder)
            #expect(stopped.xml.contains("harun-stop-vm_opencart"))
            #expect(stopped.differences(to: fragment).count == 1)
            #expect(stopped.differences(to: fragment).first?.contains("vm_opencart: may run again") == true)
            #expect(try #require(CIB(xml: stopped.merged(with: fragment))).differences(to: fragment) == [])
            #expect(!stopped.merged(with: fragment).contains("harun-stop"))
        }
    }
}
