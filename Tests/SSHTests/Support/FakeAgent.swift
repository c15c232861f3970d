import Glibc
import TestSupport

/// A process in the place of an agent that does what it likes with every connection.
final class FakeAgent: Sendable {
    /// What it does.
    enum Manner: Sendable {
        /// Takes the question and never answers.
        case hang
        /// Closes the connection at once.
        case hangUp
        /// Answers these bytes to whatever it is asked.
        case answer([UInt8])
        /// Answers the question for its keys with these, and every other question with these bytes.
        case holds([[UInt8]], then: [UInt8])
        /// Has these keys, and answers what this makes of every other question, its length aside.
        case signs([[UInt8]], @Sendable (_ question: [UInt8]) -> [UInt8])
    }

    private struct Failure: Error {}

    private let directory: TemporaryDirectory
    private let listener: CInt

    init(_ manner: Manner) throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: Array(directory.file("agent").utf8)) }
        let code = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard code == 0, listen(listener, 64) == 0 else { throw Failure() }
        self.listener = listener
        _ = Thread.start { Self.serve(listener, manner) }
    }

    deinit { shutdown(listener, CInt(SHUT_RDWR)) }

    var socketPath: String { directory.file("agent") }

    private static func serve(_ listener: CInt, _ manner: Manner) {
        while true {
            let connection = LoopbackListener.accept(listener)
            guard connection >= 0 else {
                close(listener)
                return
            }
            _ = Thread.start {
                converse(connection, manner)
                close(connection)
            }
        }
    }

    private static func converse(_ connection: CInt, _ manner: Manner) {
        if case .hangUp = manner { return }
        var buffer = [UInt8](repeating: 0, count: 65536)
        while recv(connection, &buffer, buffer.count, 0) > 0 {
            var answer: [UInt8] = []
            switch manner {
            case .hang, .hangUp: break
            case .answer(let bytes): answer = bytes
            case .signs(let keys, let sign): answer = buffer[4] == 11 ? keysAnswer(keys) : sign(Array(buffer[4...]))
            case .holds(let keys, let bytes): answer = buffer[4] == 11 ? keysAnswer(keys) : bytes
            }
            if !answer.isEmpty { send(connection, answer, answer.count, CInt(MSG_NOSIGNAL)) }
        }
    }

    private static func keysAnswer(_ keys: [[UInt8]]) -> [UInt8] {
        func string(_ bytes: [UInt8]) -> [UInt8] { number(bytes.count) + bytes }
        func number(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        return string([12] + number(keys.count) + keys.flatMap { string($0) + string(Array("fake".utf8)) })
    }

    private final class Box {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private enum Thread {
        /// Runs `body` on a thread of its own.
        static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
            var thread = pthread_t()
            return pthread_create(
                &thread, nil,
                { pointer in
                    if let pointer { Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body() }
                    return nil
                }, Unmanaged.passRetained(Box(body)).toOpaque()) == 0
        }
    }
}
