import Foundation
import Synchronization

/// Ctrl-C and its kin, for every command: who deals with them is whoever works right now.
///
/// SIGINT and SIGTERM count as a Ctrl-C. SIGHUP, a closed terminal, only ever counts as the first one, however often
/// it comes: nobody is there to be in a hurry. Where it is ignored already, as under `nohup`, it stays so.
///
/// A signal that nobody deals with ends harun with exit code 130: so it is while a command reads its files and asks
/// its questions, when nothing has begun on any node.
enum Signals {
    /// What is done about signals while something is under way.
    struct Reaction: Sendable {
        /// The first signal, once.
        let first: @Sendable () -> Void
        /// Each Ctrl-C after it.
        let again: @Sendable () -> Void
    }

    private struct State {
        var reaction: Reaction?
        var isAsked = false
        var presses = 0
    }

    private static let state = Mutex(State())
    /// The writing end of the pipe that the handler wakes the watching thread by.
    // Safety: written once, before the handlers that read it are installed.
    private nonisolated(unsafe) static var wake: Int32 = -1

    /// Whether a signal came since ``react(_:)`` was last called; for whoever waits for somebody's answer.
    static var isAsked: Bool { state.withLock { $0.isAsked } }

    /// Has signals dealt with so from now on; nil has them end harun.
    static func react(_ reaction: Reaction?) { state.withLock { $0 = State(reaction: reaction) } }

    /// Starts to watch, for the rest of the process's life.
    ///
    /// The handler only writes the signal's number into a pipe; a thread of its own does the rest. Blocking the
    /// signals for `sigwait` would not do: they would still reach the threads that Swift has started by then.
    static func watch() {
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
            while true {
                guard read(reading, &byte, 1) == 1 else {
                    if errno == EINTR { continue }
                    return
                }
                take(Int32(byte))
            }
        }
    }

    /// Ends harun at once, and leaves the terminal as it was.
    static func end() -> Never {
        TerminalPrompt.restore()
        // Not `exit`: what it does may wait for a thread that waits for the operator.
        _exit(130)
    }

    private static func take(_ number: Int32) {
        let work: (@Sendable () -> Void)? = state.withLock { state in
            if number != SIGHUP { state.presses += 1 }
            defer { state.isAsked = true }
            guard let reaction = state.reaction else {
                return {
                    Console.errNow("\ninterrupted")
                    end()
                }
            }
            if state.presses > 1 { return reaction.again }
            return state.isAsked ? nil : reaction.first
        }
        work?()
    }

    /// Whether whoever started this process wants a signal ignored.
    private static func isIgnored(_ number: Int32) -> Bool {
        var inherited = sigaction()
        guard sigaction(number, nil, &inherited) == 0 else { return false }
        // Handlers are functions and cannot be compared; what stands for one that ignores is a number.
        return unsafeBitCast(inherited.__sigaction_handler.sa_handler, to: Int.self)
            == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
