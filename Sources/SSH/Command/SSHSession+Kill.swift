import Logging
import Transport

extension SSHSession {
    /// Kills the process group of a command, over a second channel, and answers whether its end is proved.
    ///
    /// Closing a channel stops nothing (libssh2 fact 7) and libssh2 1.10 cannot send signals. TERM first, a
    /// grace in which the command may clean up, then KILL; each with a deadline of its own, and none of it
    /// ended by the cancellation that led here.
    func kill(_ running: RunningCommand, sudo: SudoWay?) async -> Bool {
        guard let pid = running.reader.pid else { return false }
        guard let terminated = await killStep(KillScript.terminate(pid: pid), sudo: sudo),
            let group = Int(terminated.text)
        else { return false }
        log.debug("ends the processes of the command: TERM is sent, KILL follows after \(deadlines.killGrace.brief)")
        await pump(running, within: deadlines.killGrace)
        let killed = await killStep(KillScript.kill(group: group), sudo: sudo)
        log.debug("the end of the command's processes \(killed?.outcome == .exited(0) ? "is" : "is not") proved")
        return killed?.outcome == .exited(0)
    }

    private func pump(_ running: RunningCommand, within limit: Duration) async {
        guard let operation = try? begin("kill", within: limit) else { return }
        defer { end(operation) }
        try? await pump(running, operation)
    }

    private func killStep(_ script: String, sudo: SudoWay?) async -> (outcome: Outcome, text: String)? {
        let step = RunningCommand(script, input: [], sudo: sudo, onOutput: nil)
        guard let operation = try? begin("kill", within: deadlines.kill) else { return nil }
        defer { end(operation) }
        channels.active += 1
        defer { release(step) }
        do throws(TransportError) {
            try await execute(step, operation)
        } catch {
            return nil
        }
        let lines = String(decoding: step.stdout, as: UTF8.self).split(separator: "\n")
        return (step.reader.outcome(signal: step.signal), lines.first.map(String.init) ?? "")
    }
}
