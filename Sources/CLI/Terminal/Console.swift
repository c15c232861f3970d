import ArgumentParser
import Foundation
import Synchronization

/// Everything that harun prints: results on standard output, everything about them on standard error.
enum Console {
    /// Whether standard output is a terminal.
    static let isTerminal = isatty(STDOUT_FILENO) == 1
    /// Whether somebody can answer a question.
    static var canAsk: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }
    /// Whether standard error is a terminal.
    static let errorIsTerminal = isatty(STDERR_FILENO) == 1
    /// Whether nobody asked for no colour, see no-color.org.
    static let wantsColor =
        ProcessInfo.processInfo.environment["NO_COLOR", default: ""].isEmpty
        && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    /// Whether standard output is to have colour.
    static var hasColor: Bool { isTerminal && wantsColor }
    /// How wide the terminal of standard error is.
    static var columns: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Prints a result.
    static func out(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }
    /// Prints an explanation, a warning or an error.
    static func err(_ text: String) { write(text + "\n", to: STDERR_FILENO) }
    /// Prints without a newline: status lines and questions.
    static func raw(_ text: String, toError: Bool = false) { write(text, to: toError ? STDERR_FILENO : STDOUT_FILENO) }

    /// Prints an error with what to do next, and gives the exit to throw.
    static func failure(_ message: String, next: String? = nil, _ code: ExitCode) -> ExitCode {
        err("error: \(message)")
        if let next { err("next:  \(next)") }
        return code
    }

    /// Asks a question that only `y` answers with yes.
    static func ask(_ question: String) -> Bool {
        ["y", "yes"].contains((answer(to: "\(question) [y/N] ") ?? "").lowercased())
    }

    /// Asks for a line; what is printed meanwhile comes behind it.
    static func answer(to question: String) -> String? {
        hold()
        defer { release() }
        writeNow(question, to: STDERR_FILENO)
        return readLine()
    }

    /// One reader of the terminal at a time, from its question to its answer.
    static let turn = Mutex(())

    /// What was printed while a question is open; nil without one.
    private static let held = Mutex<[(bytes: [UInt8], descriptor: Int32)]?>(nil)

    /// Keeps back what is printed, so that it does not run over a question; nobody waits for it.
    static func hold() { held.withLock { $0 = $0 ?? [] } }

    /// Prints what was kept back, and goes on printing.
    static func release() {
        let texts = held.withLock { held in
            defer { held = nil }
            return held ?? []
        }
        for (bytes, descriptor) in texts { write(bytes, to: descriptor) }
    }

    /// Whether nothing more is printed.
    private static let isMuted = Atomic(false)

    /// Prints nothing from now on but what Ctrl-C is answered with.
    static func mute() { isMuted.store(true, ordering: .releasing) }

    /// Prints bytes as they are.
    static func write(_ bytes: [UInt8], toError: Bool) { write(bytes, to: toError ? STDERR_FILENO : STDOUT_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        if isMuted.load(ordering: .acquiring) { return }
        let isHeld = held.withLock { held in
            held?.append((bytes, descriptor))
            return held != nil
        }
        if !isHeld { put(bytes, to: descriptor) { $0.take(bytes) } }
    }

    /// What stands on the terminal's last line; whoever holds it prints there.
    private static let lastLine = Mutex(LastLine())

    /// Prints lines of the log above whatever stands on the terminal's last line, and leaves that there.
    ///
    /// Waits for a terminal that is stopped, so it is for the log's own thread alone.
    static func log(_ lines: [UInt8]) {
        guard errorIsTerminal else { return writeAll(lines, to: STDERR_FILENO) }
        lastLine.withLock { last in
            // Asked with the terminal in hand: no question can come in between.
            let isHeld = held.withLock { held in
                held?.append((lines, STDERR_FILENO))
                return held != nil
            }
            if !isHeld { writeAll(last.below(lines), to: STDERR_FILENO) }
        }
    }

    /// Prints in turn with the log where that is on the same terminal.
    private static func put(_ bytes: [UInt8], to descriptor: Int32, note: (inout LastLine) -> Void) {
        guard descriptor == STDERR_FILENO ? errorIsTerminal : isTerminal else {
            return writeAll(bytes, to: descriptor)
        }
        lastLine.withLock { last in
            writeAll(bytes, to: descriptor)
            note(&last)
        }
    }

    /// Prints in spite of ``hold()``: for the question itself.
    static func writeNow(_ text: String, to descriptor: Int32) {
        // A question ends with the operator's own line break, and nothing is printed above it before.
        put(Array(text.utf8), to: descriptor) { $0 = LastLine() }
    }

    /// Prints at once in spite of ``hold()``: what Ctrl-C is answered with.
    static func errNow(_ text: String) { writeNow(text + "\n", to: STDERR_FILENO) }

    /// Writes everything, or what can be written: a closed terminal or pipe is no reason to stop a run.
    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
