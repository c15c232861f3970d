import Synchronization

/// Parsed files, each read once for all connections and again when it changed.
///
/// Two thousand nodes share one known_hosts file and one key; a run that rotates either must see the new one.
final class FileCache<Value: Sendable>: Sendable {
    private struct Entry {
        var signature: [Int]?
        var value: Value
    }

    private let entries = Mutex<[String: Entry]>([:])
    private let parse: @Sendable (String) -> Value

    /// - Parameter parse: reads and parses the file at a path; may block.
    init(parse: @escaping @Sendable (String) -> Value) { self.parse = parse }

    /// The parsed file; a missing one is remembered too, until it is there.
    ///
    /// Only reading goes to ``BlockingPool``: whether the file changed costs a microsecond here.
    func value(at path: String) async -> Value {
        let signature = FileContent.signature(path)
        if let entry = entries.withLock({ $0[path] }), entry.signature == signature { return entry.value }
        let value = await BlockingPool.shared.run { [parse] in parse(path) }
        return entries.withLock { entries in
            // Of many who read at once all get the same one: what it comes to know later is known to all.
            if let entry = entries[path], entry.signature == signature, signature != nil { return entry.value }
            entries[path] = Entry(signature: signature, value: value)
            return value
        }
    }
}
