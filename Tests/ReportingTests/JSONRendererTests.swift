import Foundation
import Journaling
import Planning
import Reporting
import Testing
import Transport

@Suite("Events as JSON")
struct JSONRendererTests {
    private func lines(_ events: [Event]) -> [String] {
        let printed = Printed()
        let renderer = JSONRenderer { printed.add($0 + "\n") }
        for event in events { renderer.show(event) }
        renderer.finish()
        return printed.lines.dropLast()
    }

    private func object(_ line: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }

    @Test("the last line has every promised key, the outage null where none was measured")
    func end() throws {
        let line = try #require(lines([Samples.end(.done, changed: 0, unchanged: 42, failed: 0)]).last)
        let object = try object(line)
        #expect(
            Set(object.keys).isSuperset(of: [
                "event", "result", "run", "changed", "unchanged", "skipped", "failed", "outage_seconds", "seconds",
            ]))
        #expect(object["event"] as? String == "end")
        #expect(object["result"] as? String == "done")
        #expect(object["run"] as? String == "20261123-190214-k3f9")
        #expect(object["unchanged"] as? Int == 42)
        #expect(object["skipped"] as? Int == 0)
        #expect(object["outage_seconds"] is NSNull)
        #expect(object["seconds"] as? Double == 12.34)
    }

    @Test("a measured outage is a number")
    func outage() throws {
        let line = try #require(lines([Samples.end(.done, changed: 1, unchanged: 0, failed: 0, outage: 4.5)]).last)
        #expect(try object(line)["outage_seconds"] as? Double == 4.5)
    }

    @Test("only the end has an outage, and the journal needs none to read an event back")
    func onlyTheEnd() throws {
        #expect(try object(lines([Samples.event(.applied, "lun", "n1")])[0])["outage_seconds"] == nil)
        let end = Samples.end(.done, changed: 0, unchanged: 0, failed: 0)
        #expect(try JSONDecoder().decode(Event.self, from: JSONEncoder().encode(end)) == end)
    }

    @Test("every event is one line with its kind, its time and its run, and its place where it has one")
    func everyEvent() throws {
        let kinds: [EventKind] = [
            .start, .stage, .unchanged, .intent, .applied, .refused, .failed, .unknown, .checkpoint, .undo, .undone,
            .undoFailed, .kept,
        ]
        let events = kinds.map { Samples.event($0, "lun", "n1", "two\nlines / \"quoted\"") }
        let lines = lines(events)
        #expect(lines.count == kinds.count)
        for (line, kind) in zip(lines, kinds) {
            let object = try object(line)
            #expect(object["event"] as? String == kind.rawValue)
            #expect(object["time"] as? String == "2026-11-23T19:02:14.123Z")
            #expect(object["run"] as? String == "20261123-190214-k3f9")
            #expect(object["stage"] as? String == "storage")
            #expect(object["step"] as? String == "storage/lun")
            #expect(object["node"] as? String == "n1")
            #expect(object["message"] as? String == "two\nlines / \"quoted\"")
        }
    }

    @Test("progress, scripts and the plan stay out")
    func leftOut() throws {
        var intent = Samples.event(.intent, "lun", "n1")
        intent.script = "echo secret-free"
        let lines = lines([Samples.event(.progress, "lun", "n1", "50 %"), intent])
        #expect(lines.count == 1)
        #expect(try object(lines[0])["script"] == nil)
    }

    @Test("the words for results are the documented ones, each with its exit code")
    func results() {
        let results: [(RunResult, String, Int32)] = [
            (.done, "done", 0), (.failed, "failed", 1), (.rolledBack, "rolled-back", 2), (.unknown, "unknown", 3),
            (.refused, "refused", 4), (.interrupted, "interrupted", 130),
        ]
        for (result, word, code) in results {
            #expect(result.rawValue == word)
            #expect(result.exitCode == code)
        }
    }
}
