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
        raw("\(question) [y/N] ", toError: true)
        return ["y", "yes"].contains((readLine() ?? "").lowercased())
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
        if !isHeld { writeNow(bytes, to: descriptor) }
    }

    /// Prints in spite of ``hold()``: for the question itself.
    static func writeNow(_ text: String, to descriptor: Int32) { writeNow(Array(text.utf8), to: descriptor) }

    /// Prints at once in spite of ``hold()``: what Ctrl-C is answered with.
    static func errNow(_ text: String) { writeNow(text + "\n", to: STDERR_FILENO) }

    /// Writes everything, or what can be written: a closed terminal or pipe is no reason to stop a run.
    private static func writeNow(_ bytes: [UInt8], to descriptor: Int32) {
        var bytes = bytes[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count <= 0 { return }
            bytes = bytes.dropFirst(count)
        }
    }
}
