import Foundation
import Journaling
import Planning
import TestSupport
import Testing
import Transport

@Suite("Where a run stands")
struct RunStateTests {
    private func key(_ step: String, _ node: NodeName) -> RunState.Key {
        RunState.Key(step: StepID(stage: "one", step: step), node: node)
    }

    @Test("the state is the fold of the events")
    func fold() throws {
        let state = RunState(try Samples.story())
        #expect(state.progress[key("a", "n1")] == .unchanged)
        #expect(state.progress[key("a", "n2")] == .kept)
        #expect(state.progress[key("b", "n1")] == .undone)
        #expect(state.progress[key("b", "n2")] == .undoFailed)
        #expect(state.touched == [key("a", "n2"), key("b", "n2")], "what was taken back is nobody's work any more")
        #expect(state.result == .failed)
        #expect(state.failures.count == 1)
        #expect(state.open == [])
    }

    @Test("the same events give the same state, at once or one by one")
    func deterministic() throws {
        let story = try Samples.story()
        var state = RunState()
        for event in story { state.apply(event) }
        #expect(state == RunState(story))
        #expect(RunState(story) == RunState(story))
    }

    @Test("every beginning of a journal has a state, in which each open intent is one that got no outcome")
    func prefixes() throws {
        let story = try Samples.story()
        for count in 0...story.count {
            let events = story.prefix(count)
            let state = RunState(events)
            for key in state.open {
                let last = events.last { $0.step == key.step && $0.node == key.node }
                #expect(last?.event == .intent || last?.event == .undo)
            }
            #expect(state.touched.count == Set(state.touched).count)
            #expect((state.result == nil) == (count < story.count))
        }
    }

    @Test("events in any order fold without a crash")
    func anyOrder() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let story = try Samples.story()
        for _ in 0..<200 {
            let state = RunState(story.shuffled(using: &generator))
            #expect((2...3).contains(state.touched.count), "seed \(seed)")
        }
    }

    @Test("intents and undos without an outcome are open, in the order in which they began")
    func open() {
        let state = RunState([
            Samples.event(.intent, "a", "n2"), Samples.event(.intent, "a", "n1"), Samples.event(.intent, "b", "n1"),
            Samples.event(.applied, "a", "n1"), Samples.event(.undo, "a", "n1"), Samples.event(.unknown, "b", "n1"),
        ])
        #expect(state.open == [key("a", "n2"), key("a", "n1")])
        #expect(state.count(.unknown) == 1)
    }

    @Test("a run is one run over all of its processes: what was done stays its work when it is found done")
    func resumed() {
        var state = RunState([
            Samples.event(.intent, "a", "n1"), Samples.event(.applied, "a", "n1"), Samples.event(.intent, "b", "n1"),
            Samples.event(.failed, "c", "n1"), Samples.end(.failed), Samples.event(.resume),
        ])
        #expect(state.result == nil)
        #expect(state.resumes == 1)
        #expect(state.failures == [], "the newest process tells its own failures")
        #expect(state.unproved == [key("b", "n1")])
        for event in [
            Samples.event(.unchanged, "a", "n1"), Samples.event(.unchanged, "z", "n1"),
            Samples.event(.drift, "b", "n1"),
            Samples.event(.intent, "b", "n1"), Samples.event(.applied, "b", "n1"), Samples.event(.skipped, "c", "n1"),
        ] { state.apply(event) }
        #expect(state.count(.applied) == 2)
        #expect(state.count(.unchanged) == 1)
        #expect(state.count(.skipped) == 1)
        #expect(state.attempts(of: key("b", "n1")) == 2)
        #expect(state.touched == [key("a", "n1"), key("b", "n1")])
    }

    @Test("what was taken back and is done again later is taken back first")
    func againAfterUndo() {
        let state = RunState([
            Samples.event(.intent, "a", "n1"), Samples.event(.intent, "b", "n1"), Samples.event(.undo, "a", "n1"),
            Samples.event(.undone, "a", "n1"), Samples.event(.intent, "a", "n1"),
        ])
        #expect(state.touched == [key("b", "n1"), key("a", "n1")])
    }

    @Test("a rollback is pending until it ends or the run goes on, and through an interruption")
    func pendingRollback() {
        var order = Samples.event(.rollback)
        order.to = "zero"
        var stage = Samples.event(.stage)
        stage.stage = "one"
        let expected = RunState.PendingRollback(to: "zero", isAsked: false)
        #expect(RunState([stage, order]).rollback == expected)
        #expect(RunState([stage, order, Samples.end(.interrupted), Samples.event(.resume)]).rollback == expected)
        #expect(RunState([stage, order, Samples.end(.rolledBack)]).rollback == nil)
        #expect(RunState([order, Samples.event(.resume), stage]).rollback == nil)
        let away = [order, Samples.event(.resume), Samples.end(.failed)]
        #expect(RunState(away).rollback == expected, "a node that did not answer ends no rollback")
        #expect(RunState(away + [Samples.event(.resume), order, Samples.end(.failed)]).rollback == nil)
    }

    @Test("a measured outage is taken from the step that measured it")
    func outage() {
        var event = Samples.event(.applied, "move", "n1")
        event.facts = ["outage_seconds": "4.2"]
        #expect(RunState([event]).outageSeconds == 4.2)
    }

    @Test("a run's name is its time and four letters that nobody mixes up, and sorts by time")
    func runID() {
        var generator = SeededGenerator(seed: 1)
        let id = RunID(timestamp: "20261123-190214", using: &generator)
        #expect(id.text.wholeMatch(of: /20261123-190214-[a-km-np-z2-9]{4}/) != nil, "\(id)")
        #expect(RunID("20261123-190214-zzzz") < RunID("20261123-190215-aaaa"))
    }
}
