import Execution
import Foundation
import Journaling
import Planning
import Transport

/// Ctrl-C and its kin: the first asks the run to stop after the steps in flight, the second cuts.
///
/// SIGTERM counts as a Ctrl-C. SIGHUP, a closed terminal, only ever asks, however often it comes: nobody is
/// there to be in a hurry. Where it is ignored already, as under `nohup`, it stays so.
enum Signals {
    /// The writing end of the pipe that the handler wakes the watching thread by.
    // Safety: written once, before the handlers that read it are installed.
    private nonisolated(unsafe) static var wake: Int32 = -1

    /// Starts to watch for the rest of the process's life; until then signals end the process.
    ///
    /// The handler only writes the signal's number into a pipe; a thread of its own does the rest.
    ///
    /// - Parameters:
    ///   - recorder: knows the steps that are waited for.
    ///   - cut: called on the second signal.
    static func watch(
        _ interruption: Interruption, inFlight recorder: Recorder, cut: @escaping @Sendable () -> Void
    ) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wake = ends[1]
        signal(SIGPIPE, SIG_IGN)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { number in
            var byte = UInt8(truncatingIfNeeded: number)
            let error = errno
            _ = write(Signals.wake, &byte, 1)
            errno = error
        }
        action.sa_flags = SA_RESTART
        for number in [SIGINT, SIGTERM] { sigaction(number, &action, nil) }
        if !isIgnored(SIGHUP) { sigaction(SIGHUP, &action, nil) }
        let reading = ends[0]
        Thread.detachNewThread {
            var byte: UInt8 = 0
            var asked = 0
            while true {
                guard read(reading, &byte, 1) == 1 else {
                    if errno == EINTR { continue }
                    return
                }
                if Int32(byte) != SIGHUP { asked += 1 }
                if asked > 1 {
                    Console.errNow("\ncutting; what runs on the nodes under a unit of its own goes on there")
                    cut()
                } else if !interruption.isRequested {
                    interruption.request()
                    Task { Console.errNow(Self.announcement(await recorder.state.open)) }
                }
            }
        }
    }

    /// Whether whoever started this process wants a signal ignored.
    private static func isIgnored(_ number: Int32) -> Bool {
        var inherited = sigaction()
        guard sigaction(number, nil, &inherited) == 0 else { return false }
        // Handlers are functions and cannot be compared; what stands for one that ignores is a number.
        return unsafeBitCast(inherited.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    private static func announcement(_ open: [RunState.Key]) -> String {
        let steps = open.map { "\($0.step) on \($0.node)" }
        if steps.isEmpty { return "\nstopping at the next consistent point; Ctrl-C once more cuts" }
        let shown = steps.prefix(4).joined(separator: ", ") + (steps.count > 4 ? " and \(steps.count - 4) more" : "")
        return "\nstopping once this has ended: \(shown); Ctrl-C once more cuts"
    }
}
