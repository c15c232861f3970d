package import Documents

extension TableReader {
    /// An optional array of names, each of which must match; the first that does not is named in the error.
    ///
    /// - Parameter what: in the words of the message: `name of a package`.
    package func names(_ key: String, what: String, _ isValid: (String) -> Bool) -> [String]? {
        guard let names = strings(key) else { return nil }
        guard let wrong = names.first(where: { !isValid($0) }) else { return names }
        fail("\"\(wrong)\" in `\(key)` is no \(what)", at: value(key)?.location ?? location)
        return nil
    }

    /// The name of an optional virtual machine, which stands in ids, paths and shell words as it is.
    package func machine(_ key: String) -> String? {
        guard let name = string(key) else { return nil }
        if name.isResourceName { return name }
        let place = value(key)?.location ?? location
        fail("`\(key)` must be made of letters, digits, _, . and -, not \"\(name)\"", at: place)
        return nil
    }

    /// The name of a virtual machine that must be there.
    package func requiredMachine(_ key: String) -> String? { required(key) == nil ? nil : machine(key) }

    /// An absolute path without `.`, `..`, doubled slashes or control characters, that must be there.
    package func requiredPath(_ key: String) -> String? {
        guard let path = requiredString(key) else { return nil }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        let isPlain =
            path.hasPrefix("/") && parts.allSatisfy { !["", ".", ".."].contains($0) }
            && path.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
        if isPlain { return path }
        fail("`\(key)` must be an absolute path without `.`, `..` or `//`", at: value(key)?.location ?? location)
        return nil
    }
}
