import Execution
import Journaling
import Planning
import Reporting
import Testing
import Transport

@Suite("Failures for people")
struct FailureReportTests {
    private let step = StepID(stage: "storage", step: "lun")

    private func text(
        _ failure: StepFailure, _ result: RunResult, _ events: [Event] = [], action: String = "shell"
    ) -> String {
        FailureReport(
            failure, plan: Samples.summary(of: step, action: action), result: result, outcome: RunState(events),
            run: Samples.run, inventory: "my lab.toml"
        ).text
    }

    private func event(_ kind: EventKind, _ step: StepID) -> Event {
        var event = Event(kind, run: Samples.run, time: "2026-11-23T19:02:14.000Z")
        event.step = step
        event.node = "nodo1"
        return event
    }

    @Test("what could not be taken back is named, and the same failure on two nodes is told once")
    func partly() {
        let failure = StepFailure(.refused, step: step, node: "nodo1", message: "it holds data")
        let events = [event(.intent, step), event(.kept, step)]
        #expect(text(failure, .failed, events).contains("state: the stage was taken back but for storage/lun on nodo1"))
        var twin = failure
        twin.node = "nodo2"
        let groups = FailureReport.group([failure, twin])
        #expect(groups.count == 1)
        #expect(groups.first?.others == ["nodo2"])
    }

    @Test("a failed step says where, what happened, what was done about it, and what to type")
    func failed() {
        let failure = StepFailure(
            .failed, step: step, node: "nodo1", message: "exit code 3", script: "# prove it\nlsblk -J",
            output: "no such disk\nreally")
        #expect(
            text(failure, .rolledBack, [event(.intent, step), event(.undone, step)]) == """

                error: nodo1 · storage/lun · `lsblk -J`
                       exit code 3
                       no such disk
                       really
                state: the stage was taken back; the nodes stand at the last checkpoint
                next:  harun show 20261123-190214-k3f9 --scripts; after mending it: harun resume 20261123-190214-k3f9, or with a changed inventory: harun deploy 'my lab.toml'
                """)
    }

    @Test("what harun's own scripts do is told in words, not by their first line")
    func typedAction() {
        let failure = StepFailure(
            .failed, step: step, node: "nodo1", message: "exit code 1", script: "lun_find() {\n}\nlun_find")
        #expect(
            text(failure, .failed, action: "lun.prove").hasPrefix("\nerror: nodo1 · storage/lun · prove the disk\n"))
        let other = StepFailure(
            .failed, step: StepID(stage: "storage", step: "x"), node: "nodo1", message: "exit code 1")
        #expect(text(other, .failed, action: "lun.prove").hasPrefix("\nerror: nodo1 · storage/x\n"))
    }

    @Test("a refusal, an unknown end and an interruption each have their own state and advice")
    func others() {
        let refused = text(StepFailure(.refused, step: step, node: "nodo1", message: "it holds data"), .refused)
        #expect(refused.contains("state: this stage has changed nothing"))
        #expect(refused.contains("next:  mend what the guard names, then: harun resume 20261123-190214-k3f9, or "))
        let unknown = text(StepFailure(.unknown, step: step, node: "nodo1", message: "lost"), .unknown)
        #expect(unknown.contains("nothing was taken back"))
        #expect(unknown.hasSuffix("then: harun resume 20261123-190214-k3f9"))
    }

    @Test("a node that cannot be reached gets the connection's own advice")
    func unreachable() {
        let error = TransportError.unreachable(address: "192.0.2.1", reason: "no route to host")
        let failure = StepFailure(.failed, node: "nodo1", message: error.description, transport: error)
        #expect(
            text(failure, .failed) == """

                error: nodo1
                       cannot connect to 192.0.2.1: no route to host
                state: nothing was changed on any node
                next:  see whether the node is on and sshd answers: ssh 192.0.2.1 true
                """)
    }
}
