import Foundation
import Synchronization
import Transport

/// Asks for secrets on the terminal, one question at a time, without showing what is typed.
enum TerminalPrompt {
    /// How commands ask; without a terminal nobody is asked.
    static var secrets: SecretPrompt { SecretPrompt(isAvailable: Console.canAsk) { ask($0) } }

    private enum Key {
        static let interrupt: UInt8 = 3
        static let end: UInt8 = 4
        static let backspaces: [UInt8] = [8, 127]
        static let killLine: UInt8 = 21
        static let returns: [UInt8] = [10, 13]
    }

    private static let original = Mutex<termios?>(nil)
    /// A program that ends in the middle of a question must not leave a terminal without echo.
    private static let restoresAtExit: Void = { _ = atexit { TerminalPrompt.restore() } }()

    private static func ask(_ question: SecretQuestion) -> String? {
        Console.turn.withLock { _ in
            Console.hold()
            defer { Console.release() }
            guard prepare() else { return nil }
            // The line may hold a run's status.
            Console.writeNow("\r\u{1B}[K\(question)", to: STDERR_FILENO)
            let (answer, isInterrupted) = readLine(isVisible: question.isVisible)
            Console.writeNow("\n", to: STDERR_FILENO)
            restore()
            if isInterrupted { kill(getpid(), SIGINT) }
            return answer
        }
    }

    /// Takes byte for byte, without echo; Ctrl-C comes as a byte too, so that the terminal is mended before it acts.
    private static func prepare() -> Bool {
        _ = restoresAtExit
        var settings = termios()
        guard tcgetattr(STDIN_FILENO, &settings) == 0 else { return false }
        original.withLock { [settings] in $0 = settings }
        settings.c_lflag &= ~tcflag_t(ECHO | ICANON | ISIG)
        return tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) == 0
    }

    /// Makes the terminal what it was before a question that is open.
    static func restore() {
        original.withLock { settings in
            guard var saved = settings else { return }
            tcsetattr(STDIN_FILENO, TCSADRAIN, &saved)
            settings = nil
        }
    }

    private static func readLine(isVisible: Bool) -> (answer: String?, isInterrupted: Bool) {
        var line: [UInt8] = []
        while true {
            var byte: UInt8 = 0
            var question = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            let ready = poll(&question, 1, 100)
            // Somebody stopped harun from outside: the answer is of no use any more.
            if Signals.isAsked { return (nil, false) }
            if ready == 0 || ready < 0 && errno == EINTR { continue }
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != Key.interrupt else { return (nil, count == 1) }
            switch byte {
            case _ where Key.returns.contains(byte): return (String(validating: line, as: UTF8.self), false)
            case Key.end: return (line.isEmpty ? nil : String(validating: line, as: UTF8.self), false)
            case Key.killLine: line = []
            case _ where Key.backspaces.contains(byte):
                // A character of several bytes goes as one.
                if isVisible, !line.isEmpty { Console.writeNow("\u{8} \u{8}", to: STDERR_FILENO) }
                while let last = line.popLast(), last & 0xC0 == 0x80 {}
            default:
                line.append(byte)
                if isVisible { _ = write(STDERR_FILENO, &byte, 1) }
            }
        }
    }
}
