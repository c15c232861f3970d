import Dispatch
import Foundation
import Synchronization

/// Lines of the log on their way to standard error, which a thread of its own writes.
///
/// Who logs is often an event loop, on which all nodes wait: it leaves a line here and goes on, also where a terminal is
/// stopped (Ctrl-S) or the program behind a pipe reads nothing. What nobody takes is kept up to ``most`` bytes; then lines
/// are left out, and how many is said once there is room again.
final class LogLines: Sendable {
    /// There is one standard error.
    static let shared = LogLines()

    private struct State {
        var lines: [[UInt8]] = []
        var bytes = 0
        var leftOut = 0
        var hasThread = false
        var isWriting = false
        /// Somebody waits for the last line.
        var isEnding = false
    }

    private static let most = 16 << 20

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let end = DispatchSemaphore(value: 0)

    /// Takes one line, or several that belong together; never waits.
    func add(_ line: [UInt8]) {
        let (isFirst, wakes) = state.withLock { state in
            if state.bytes + line.count > Self.most {
                state.leftOut += 1
                return (false, false)
            }
            defer { state.hasThread = true }
            state.lines.append(line)
            state.bytes += line.count
            return (!state.hasThread, state.lines.count == 1)
        }
        if isFirst { Thread.detachNewThread { [self] in writeForEver() } }
        if wakes { work.signal() }
    }

    /// Waits until all is written, for a while.
    func finish(within seconds: Double) {
        let isOver = state.withLock { state in
            state.isEnding = true
            return state.lines.isEmpty && !state.isWriting
        }
        if !isOver { _ = end.wait(timeout: .now() + seconds) }
    }

    private func writeForEver() {
        while true {
            work.wait()
            let (lines, leftOut) = state.withLock { state in
                defer {
                    state.lines = []
                    state.leftOut = 0
                    state.isWriting = true
                }
                return (state.lines, state.leftOut)
            }
            for line in lines {
                Console.log(line)
                state.withLock { $0.bytes -= line.count }
            }
            if leftOut > 0 { Console.log(Array("\(leftOut) lines of the log were left out here\n".utf8)) }
            let isOver = state.withLock { state in
                state.isWriting = false
                return state.isEnding && state.lines.isEmpty
            }
            if isOver { end.signal() }
        }
    }
}
