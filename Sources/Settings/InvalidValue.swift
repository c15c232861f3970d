package import Documents

/// Why a text is not what a key takes, before it is known where the text stands.
package struct InvalidValue: Error, Equatable {
    package var message: String

    package init(_ message: String) { self.message = message }
}

extension TableReader {
    /// Reads a string and makes something of it, or notes why that cannot be.
    package func checked<T>(_ key: String, required: Bool = false, _ make: (String) throws(InvalidValue) -> T) -> T? {
        guard let value = required ? self.required(key) : self.value(key) else { return nil }
        guard let text = convert(value, key: key, expected: "a string", { $0.string }) else { return nil }
        return made(from: text, at: value.location, make)
    }

    /// Reads an array of strings and makes something of each.
    package func checkedArray<T>(_ key: String, _ make: (String) throws(InvalidValue) -> T) -> [T]? {
        guard let value = value(key) else { return nil }
        guard let array = convert(value, key: key, expected: "an array of strings", { $0.array }) else { return nil }
        var made: [T] = []
        for element in array {
            guard let text = element.string else {
                fail("`\(key)` must be an array of strings, not of \(element.kind)", at: element.location)
                continue
            }
            if let one = self.made(from: text, at: element.location, make) { made.append(one) }
        }
        return made.count == array.count ? made : nil
    }

    private func made<T>(
        from text: String, at location: SourceLocation, _ make: (String) throws(InvalidValue) -> T
    ) -> T? {
        do throws(InvalidValue) {
            return try make(text)
        } catch {
            fail(error.message, at: location)
            return nil
        }
    }
}
