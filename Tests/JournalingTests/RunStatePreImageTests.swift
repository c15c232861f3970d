import Journaling
import Planning
import Testing
import Transport

@Suite("What a run's state knows of what stands")
struct RunStatePreImageTests {
    private let key = RunState.Key(step: StepID(stage: "storage", step: "a"), node: "n1")

    private func event(_ kind: EventKind, hash: String? = nil) -> Event {
        var event = Event(kind, run: RunID("r"), time: "2026-11-23T19:02:14.123Z")
        event.stage = "storage"
        event.step = key.step
        event.node = key.node
        if let hash { event.facts = ["pre-image.conf": hash, "other": "x"] }
        return event
    }

    @Test("the first hash of a pre-image counts until the step is taken back")
    func hashes() {
        var events = [event(.intent), event(.failed, hash: "1"), event(.intent), event(.applied, hash: "2")]
        #expect(RunState(events).preImages[key] == ["conf": "1"])
        events += [event(.undo), event(.undone)]
        #expect(RunState(events).preImages[key] == nil)
        events += [event(.intent), event(.applied, hash: "3")]
        #expect(RunState(events).preImages[key] == ["conf": "3"])
    }

    @Test("a step whose guard refused right after its intent does not stand; one that had done something before does")
    func refused() {
        #expect(RunState([event(.intent), event(.refused)]).touched == [])
        #expect(RunState([event(.intent), event(.applied), event(.intent), event(.refused)]).touched == [key])
        #expect(RunState([event(.intent), event(.intent), event(.refused)]).touched == [key])
    }

    @Test(
        "an attempt's name is kept for as long as nobody has proved its end",
        arguments: [
            (EventKind.applied, false), (.failed, false), (.refused, false), (.unknown, true), (.undone, false),
        ])
    func attempts(end: EventKind, isKept: Bool) {
        var intent = event(.intent)
        intent.facts = ["attempt": "a1"]
        #expect(RunState([intent]).claims[key] == "a1")
        #expect((RunState([intent, event(end)]).claims[key] == "a1") == isKept)
    }
}
