import Foundation
import Journaling
import Planning
import Testing
import Transport

@Suite("Several processes with one journal")
struct SharingTests {
    @Test("many that open it and write to it at the same moment lose nothing of each other")
    func together() async throws {
        let scratch = Scratch()
        let path = scratch.path
        try await withThrowingTaskGroup { group in
            for number in 0..<16 {
                group.addTask {
                    // SQLite treats two connections of one process as it treats those of two.
                    let run = RunID("20261123-190214-\(number)")
                    let journal = try Journal(path: path)
                    try await journal.append([Samples.start(run: run, inventory: "/\(number)")])
                    for step in 0..<20 {
                        try await journal.append([Samples.event(.intent, "s\(step)", "n1", run: run)])
                    }
                    try await journal.append([Samples.end(.done, run: run)])
                }
            }
            try await group.waitForAll()
        }
        let journal = try Journal(path: path)
        #expect(try await journal.runs().count == 16)
        for record in try await journal.runs() {
            #expect(record.result == .done)
            #expect(try await journal.events(of: record.id).count == 22)
        }
    }

    @Test("what others may read of a journal that was there before is taken away")
    func madePrivate() async throws {
        let scratch = Scratch()
        let first = try Journal(path: scratch.path)
        try await first.append([Samples.start()])
        let folder = scratch.folder + "/state"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).map { folder + "/" + $0 }
        #expect(files.count == 3)
        for file in files { try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file) }
        let second = try Journal(path: scratch.path)
        try await second.append([Samples.end(.done)])
        for file in files { #expect(try Scratch.permissions(file) == 0o600, "\(file)") }
    }
}
