import Synchronization

/// Parsed files, each read once for all connections and again when it changed.
///
/// Two thousand nodes share one known_hosts file and one key; a run that rotates either must see the new one.
final class FileCache<Value: Sendable>: Sendable {
    private struct Entry {
        var signature: [Int]?
        var value: Value
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Who waits for a file that is being read right now.
        var waiting: [String: [CheckedContinuation<Value, Never>]] = [:]
    }

    private enum Answer {
        case known(Value)
        case read
        case wait
    }

    private let state = Mutex(State())
    private let parse: @Sendable (String) -> Value

    /// - Parameter parse: reads and parses the file at a path; may block.
    init(parse: @escaping @Sendable (String) -> Value) { self.parse = parse }

    /// The parsed file; a missing one is remembered too, until it is there.
    ///
    /// Only reading goes to ``BlockingPool``: whether the file changed costs a microsecond here. Whoever asks while
    /// it is being read waits for the same answer: a fleet that starts at once would otherwise parse it for each node.
    func value(at path: String) async -> Value {
        let signature = FileContent.signature(path)
        return await withCheckedContinuation { continuation in
            let answer = state.withLock { state -> Answer in
                if let entry = state.entries[path], entry.signature == signature, signature != nil {
                    return .known(entry.value)
                }
                let isFirst = state.waiting[path] == nil
                state.waiting[path, default: []].append(continuation)
                return isFirst ? .read : .wait
            }
            switch answer {
            case .known(let value): continuation.resume(returning: value)
            case .read: BlockingPool.shared.submit { [self] in read(path) }
            case .wait: break
            }
        }
    }

    private func read(_ path: String) {
        let signature = FileContent.signature(path)
        let value = parse(path)
        let waiting = state.withLock { state in
            state.entries[path] = Entry(signature: signature, value: value)
            return state.waiting.removeValue(forKey: path) ?? []
        }
        for continuation in waiting { continuation.resume(returning: value) }
    }
}
