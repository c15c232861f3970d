/// Patterns with `*` and `?` as ssh_config and known_hosts know them: any run of bytes, and any one byte.
package enum Glob {
    /// Whether the whole of `name` is what `pattern` describes; capitals differ from small letters.
    ///
    /// Linear space and no recursion, since patterns come from files.
    package static func matches(_ name: [UInt8], _ pattern: [UInt8]) -> Bool {
        var position = 0
        var index = 0
        var star: (pattern: Int, name: Int)?
        while position < name.count {
            if index < pattern.count, pattern[index] == UInt8(ascii: "*") {
                star = (index, position)
                index += 1
            } else if index < pattern.count, pattern[index] == name[position] || pattern[index] == UInt8(ascii: "?") {
                index += 1
                position += 1
            } else if let last = star {
                star = (last.pattern, last.name + 1)
                index = last.pattern + 1
                position = last.name + 1
            } else {
                return false
            }
        }
        return pattern[index...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}
