import Foundation
import Testing

/// The built program on a terminal of its own, while it runs.
final class TerminalSession {
    private var terminal: CInt
    private let process: Process
    /// Everything that the program printed so far.
    private(set) var seen = ""

    convenience init(_ program: Program, _ arguments: String...) throws { try self.init(program, arguments) }

    convenience init(_ program: Program, _ arguments: [String]) throws {
        try self.init(program.process(Program.executable, arguments))
    }

    /// The program with the terminal as its controlling one: what is typed there sends signals, and so does its end.
    convenience init(controlled program: Program, _ arguments: String...) throws {
        try self.init(
            program.process(
                URL(fileURLWithPath: "/usr/bin/setsid"),
                ["--ctty", "--wait", "env", "--default-signal=HUP", Program.executable.path] + arguments))
    }

    private init(_ process: Process) throws {
        let (terminal, other) = try #require(Self.open())
        self.terminal = terminal
        self.process = process
        let handle = FileHandle(fileDescriptor: other)
        process.standardInput = handle
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        Foundation.close(other)
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        close()
    }

    /// Closes the terminal's window.
    func close() {
        if terminal >= 0 { Foundation.close(terminal) }
        terminal = -1
    }

    /// A pseudo-terminal and its other side, by the kernel's own interface: Foundation shows no other.
    static func open() -> (CInt, CInt)? {
        let terminal = Foundation.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        let (unlock, number): (UInt, UInt) = (0x4004_5431, 0x8004_5430)
        var zero: CInt = 0
        var index: CInt = 0
        guard terminal >= 0, ioctl(terminal, unlock, &zero) == 0, ioctl(terminal, number, &index) == 0 else {
            return nil
        }
        return (terminal, Foundation.open("/dev/pts/\(index)", O_RDWR | O_NOCTTY | O_CLOEXEC))
    }

    /// Waits until the program has printed a text; false after two minutes.
    func waits(for text: String) -> Bool {
        let deadline = ContinuousClock.now + .seconds(120)
        while !seen.contains(text) {
            if ContinuousClock.now >= deadline || !read(within: 100) && !process.isRunning { return false }
        }
        return true
    }

    /// Waits until nothing was printed for half a second.
    func waitsForQuiet() {
        while read(within: 500) {}
    }

    func type(_ text: String) { _ = write(terminal, text, text.utf8.count) }

    /// Whether the program has a connection open, or is about to have one.
    var hasSocket: Bool {
        let folder = "/proc/\(process.processIdentifier)/fd"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).contains { file in
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(file)"))?.hasPrefix("socket:")
                == true
        }
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the end, at most two minutes.
    ///
    /// - Returns: the exit code; nil where it does not end.
    func wait() -> Int32? {
        let deadline = ContinuousClock.now + .seconds(120)
        while process.isRunning {
            if ContinuousClock.now >= deadline { return nil }
            _ = read(within: 100)
        }
        while read(within: 0) {}
        return process.terminationStatus
    }

    /// Reads what is there; false where nothing was.
    private func read(within milliseconds: CInt) -> Bool {
        var question = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
        guard poll(&question, 1, milliseconds) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = Foundation.read(terminal, &buffer, buffer.count)
        guard count > 0 else {
            // The program has closed its side, and poll would say so at once for ever.
            if process.isRunning { usleep(5_000) }
            return false
        }
        seen += String(decoding: buffer[..<count], as: UTF8.self).replacing("\r\n", with: "\n")
        return true
    }
}
