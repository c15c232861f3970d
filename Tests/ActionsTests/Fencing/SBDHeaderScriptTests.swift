import Foundation
import Steps
import Testing
import Transport

@testable import Actions

/// These run what `sbd.header` does to a disk on sparse files, with an `sbd` that only notes what it is asked for.
@Suite("sbd.header, for real", .enabled(if: hasLoops), .serialized)
struct SBDHeaderScriptTests {
    /// The part of the script that follows the proof of the LUN.
    private func script(_ disk: Observation, from start: String) throws -> String {
        let action = try make(SBDHeaderAction.self, fenceLUN)
        let text = try #require(action.apply("nodo1", ["nodo1": disk, "nodo2": disk])).text
        return String(text[try #require(text.range(of: start)).lowerBound...])
    }

    /// What `sbd` was asked for, and how the script ended.
    private func run(
        _ script: String, on disk: LoopDisk, after preparation: String = ":", dump: String, list: String = ":"
    ) throws -> (code: UInt8, calls: String, output: String) {
        let log = "\(disk.folder.path)/calls"
        let result = try shell(
            """
            : >\(log); DEV=\(disk.device); \(preparation)
            sync
            sbd() { echo "$*" >>\(log); case " $* " in *' dump '*) \(dump);; *' list '*) \(list);; esac; }
            \(disk.words)
            \(script)
            """)
        return (result.code, try String(contentsOfFile: log, encoding: .utf8), result.output)
    }

    @Test(
        "a header is created on a disk of zeros alone",
        arguments: [
            (":", true), ("printf x | dd of=$DEV bs=1 seek=33000000 conv=notrunc,fsync status=none", false),
            ("mkfs.ext4 -q -F $DEV", false), ("exec 7<$DEV", false), ("sg_persist() { echo '    0xabc'; }", false),
        ])
    func creates(preparation: String, isEmpty: Bool) throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let result = try run(
            try script(SBDHeaderTests.disk(), from: "! sbd -d"), on: disk, after: preparation, dump: "return 1")
        #expect(result.code == (isEmpty ? 0 : ScriptPrelude.refused), "\(result)")
        #expect(result.calls.contains(" create\n") == isEmpty, "\(result)")
        #expect(result.calls.contains("allocate harun-\(exampleIdentity)\n") == isEmpty, "\(result)")
    }

    @Test("what is written while the disk is being read stops it, and so does a header that came meanwhile")
    func meanwhile() throws {
        guard let disk = try LoopDisk(mebibytes: 64) else { return }
        let create = try script(SBDHeaderTests.disk(), from: "! sbd -d")
        let late = create.replacing(
            "\nscan\n", with: "\nscan; printf x | dd of=$DEV bs=1 conv=notrunc,fsync status=none\n")
        #expect(late != create)
        for (script, dump) in [(late, "return 1"), (create, "return 0")] {
            let result = try run(script, on: disk, dump: dump)
            #expect(result.code == ScriptPrelude.refused && !result.calls.contains(" create\n"), "\(result)")
        }
    }

    @Test(
        "a header is marked only where it is the one that was judged, with no other cluster's slot",
        arguments: [
            ("echo 'UUID               : 0a1b2c3d'", ":", true),
            ("echo 'UUID               : 0a1b2c3d'", "printf '0\\tnodo1\\tclear\\t\\n'", true),
            ("echo 'UUID               : ffff'", ":", false), ("return 1", ":", false),
            ("echo 'UUID               : 0a1b2c3d'", "return 1", false),
            ("echo 'UUID               : 0a1b2c3d'", "printf '0\\tharun-other\\tclear\\t\\n'", false),
        ])
    func marks(dump: String, list: String, isDone: Bool) throws {
        guard let disk = try LoopDisk(mebibytes: 1) else { return }
        let unmarked = SBDHeaderTests.disk(dump: ActionsTests.dump())
        let result = try run(try script(unmarked, from: "foreign && refuse"), on: disk, dump: dump, list: list)
        #expect(result.code == (isDone ? 0 : ScriptPrelude.refused), "\(result)")
        #expect(result.calls.contains("allocate") == isDone && !result.calls.contains("create"), "\(result)")
    }
}
