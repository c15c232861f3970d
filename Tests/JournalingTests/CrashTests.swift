import Foundation
import Journaling
import Planning
import Testing
import Transport

@Suite("The journal after a crash")
struct CrashTests {
    @Test(
        "after SIGKILL in the middle of writing, every acknowledged event is there and none is torn", arguments: 0..<4)
    func killed(round: Int) async throws {
        let scratch = Scratch()
        let path = scratch.path
        let acknowledged = scratch.folder + "/acknowledged"
        // The journal makes the folder, so the acknowledgements can lie beside it.
        let last = 40 + round * 37
        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, acknowledged = acknowledged as String, last = last as Int] in
            let journal = try Journal(path: path)
            try await journal.append([Samples.start()])
            let file = open(acknowledged, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            try await withThrowingTaskGroup { group in
                for task in 0..<400 {
                    group.addTask {
                        var event = Samples.event(.intent, "a", NodeName("n\(task)"))
                        event.message = String(repeating: "x", count: 2000)
                        try await journal.append([event])
                        let line = "n\(task)\n"
                        _ = line.withCString { write(file, $0, strlen($0)) }
                        if task == last { kill(getpid(), SIGKILL) }
                    }
                }
                try await group.waitForAll()
            }
        }
        let text = try String(contentsOfFile: acknowledged, encoding: .utf8)
        let promised = text.split(separator: "\n").map { NodeName(String($0)) }
        let journal = try Journal(path: path)
        let events = try await journal.events(of: Samples.run)
        let found = Set(events.compactMap(\.node))
        #expect(!promised.isEmpty)
        #expect(promised.allSatisfy { found.contains($0) })
        #expect(events.dropFirst().allSatisfy { $0.message?.count == 2000 })
        #expect(RunState(events).open.count == found.count)
        #expect(try await journal.unfinished("/etc/harun/inventory.toml") == Samples.run)
        try await journal.append([Samples.end(.interrupted)])
    }

    @Test("a full disk is an error in plain words, and what was acknowledged before stays")
    func fullDisk() async throws {
        let scratch = Scratch()
        let path = scratch.path
        await #expect(processExitsWith: .success) { [path = path as String] in
            let journal = try Journal(path: path)
            try await journal.append([Samples.start()])
            // No file of this process may grow beyond this: what a full disk does, without filling one.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1_000_000, rlim_max: 1_000_000)
            setrlimit(__rlimit_resource_t(UInt32(RLIMIT_FSIZE.rawValue)), &limit)
            var written = 0
            do throws(JournalError) {
                for _ in 0..<1000 {
                    var event = Samples.event(.intent, "a", NodeName("n\(written)"))
                    event.message = String(repeating: "x", count: 2000)
                    try await journal.append([event])
                    written += 1
                }
            } catch {
                let isClear =
                    error.description.hasSuffix("nothing more was done to any node")
                    && !error.description.contains("INSERT")
                let kept = try await journal.events(of: Samples.run).count
                exit(isClear && written > 10 && kept == written + 1 ? EXIT_SUCCESS : EXIT_FAILURE)
            }
            exit(EXIT_FAILURE)
        }
    }
}
