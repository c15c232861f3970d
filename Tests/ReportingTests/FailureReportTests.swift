import Execution
import Journaling
import Planning
import Reporting
import Testing
import Transport

@Suite("Failures for people")
struct FailureReportTests {
    private let step = StepID(stage: "storage", step: "lun")

    private func text(_ failure: StepFailure, _ result: RunResult) -> String {
        FailureReport(failure, result: result, run: Samples.run, inventory: "my lab.toml").text
    }

    @Test("a failed step says where, what happened, what was done about it, and what to type")
    func failed() {
        let failure = StepFailure(
            .failed, step: step, node: "nodo1", message: "exit code 3", script: "# prove it\nlsblk -J",
            output: "no such disk\nreally")
        #expect(
            text(failure, .rolledBack) == """

                error: nodo1 · storage/lun · `lsblk -J`
                       exit code 3
                       no such disk
                       really
                state: the stage was taken back; the nodes stand at the last checkpoint
                next:  harun show 20261123-190214-k3f9 --scripts; after mending it: harun deploy 'my lab.toml'
                """)
    }

    @Test("a refusal, an unknown end and an interruption each have their own state and advice")
    func others() {
        let refused = text(StepFailure(.refused, step: step, node: "nodo1", message: "it holds data"), .refused)
        #expect(refused.contains("state: a guard refused"))
        #expect(refused.hasSuffix("next:  mend what the guard names, then: harun deploy 'my lab.toml'"))
        let unknown = text(StepFailure(.unknown, step: step, node: "nodo1", message: "lost"), .unknown)
        #expect(unknown.contains("nothing was taken back"))
        #expect(unknown.hasSuffix("next:  look at the node, then: harun show 20261123-190214-k3f9 --scripts"))
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
