import Documents
import Settings
import Transport

extension SecretSource {
    /// Reads `{ env = "…" }` or `{ file = "…" }`.
    init?(_ value: Value, key: String, _ reader: TableReader, in surroundings: Surroundings) {
        guard let table = value.table else {
            reader.fail(
                "`\(key)` must not stand in the inventory itself, which is copied and committed; "
                    + "write { env = \"NAME\" } or { file = \"path\" }", at: value.location)
            return nil
        }
        let inner = TableReader(table, title: "`\(key)`")
        let variable = inner.checked("env", Self.variable)
        let path = inner.checked("file") { text throws(InvalidValue) in
            let path = try surroundings.resolve(text)
            if let mode = surroundings.mode(path), mode & 0o077 != 0 {
                throw InvalidValue(SecretError.exposed(path: path, mode: mode).description)
            }
            return path
        }
        if (table["env"] == nil) == (table["file"] == nil) {
            inner.fail("`\(key)` needs either `env` or `file`", at: table.location)
        }
        inner.finish()
        reader.absorb(inner)
        if let variable { self = .env(variable) } else if let path { self = .file(path) } else { return nil }
    }

    private static func variable(_ text: String) throws(InvalidValue) -> String {
        guard text.wholeMatch(of: #/[A-Za-z_][A-Za-z0-9_]*/#) != nil else {
            throw InvalidValue("\"\(text)\" is no name of an environment variable")
        }
        return text
    }
}
