import Foundation
import Synchronization

/// What is asked in the middle of a run, where many nodes may want to know something at once.
///
/// Nothing else is printed and nobody else reads between a question and its answer, so that an answer can only
/// belong to the question that was printed last.
struct Question: Sendable {
    /// What is printed above it.
    private let introduction: String
    private let text: String

    init(_ text: String, below introduction: String = "") {
        self.text = text
        self.introduction = introduction
    }

    /// Asks, where only `y` is yes; whoever is cancelled meanwhile, by a second Ctrl-C, has no for an answer.
    ///
    /// - Parameter prepare: called right before it is printed.
    func isAnsweredYes(_ prepare: @escaping @Sendable () -> Void = {}) async -> Bool {
        let line = await Question("\(text) [y/N] ", below: introduction).answer(prepare)
        return ["y", "yes"].contains((line ?? "").lowercased())
    }

    /// Asks.
    ///
    /// What was typed before the question stood there is thrown away: nobody could have meant it.
    ///
    /// - Parameters:
    ///   - prepare: called right before it is printed.
    ///   - isOver: asked several times a second; true ends the waiting.
    /// - Returns: what was typed; nil where the input or the waiting is over, or the task was cancelled.
    func answer(
        _ prepare: @escaping @Sendable () -> Void = {}, until isOver: @escaping @Sendable () -> Bool = { false }
    ) async -> String? {
        await QuestionTurn.shared.take()
        let isCancelled = Flag()
        let line = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(returning: ask(prepare) { isCancelled.isSet || isOver() })
                }
            }
        } onCancel: {
            isCancelled.set()
        }
        await QuestionTurn.shared.leave()
        return line
    }

    private func ask(_ prepare: () -> Void, until isOver: () -> Bool) -> String? {
        Console.turn.withLock { _ in
            if isOver() { return nil }
            prepare()
            Console.hold()
            defer { Console.release() }
            tcflush(STDIN_FILENO, TCIFLUSH)
            // The line may hold a run's status.
            Console.writeNow("\r\u{1B}[K\(introduction)\(text)", to: STDERR_FILENO)
            let line = Self.line(until: isOver)
            if line == nil { Console.writeNow("\n", to: STDERR_FILENO) }
            return line
        }
    }

    private static func line(until isOver: () -> Bool) -> String? {
        var bytes: [UInt8] = []
        while !isOver() {
            var question = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            let ready = poll(&question, 1, 100)
            if ready == 0 || ready < 0 && errno == EINTR { continue }
            var byte: UInt8 = 0
            guard ready > 0, read(STDIN_FILENO, &byte, 1) == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(byte)
        }
        return nil
    }

    /// Set from another thread.
    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .acquiring) }
        func set() { value.store(true, ordering: .releasing) }
    }
}
