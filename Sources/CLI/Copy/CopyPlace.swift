/// One side of a copy, as it was typed: what has `:/` in it is on nodes, everything else on this machine.
///
/// The text alone decides, so that a file which comes or goes never changes which side is written to.
enum CopyPlace: Hashable {
    case here(String)
    /// A path on the nodes of an inventory; it begins with `/`.
    case nodes(inventory: String, path: String)

    init(_ word: String) {
        // By bytes: a slash with a combining mark is another character, and a slash all the same.
        let bytes = Array(word.utf8)
        let colon = bytes.indices.dropFirst().dropLast().first {
            bytes[$0] == UInt8(ascii: ":") && bytes[$0 + 1] == UInt8(ascii: "/")
        }
        guard let colon else {
            self = .here(word)
            return
        }
        self = .nodes(
            inventory: String(decoding: bytes[..<colon], as: UTF8.self),
            path: String(decoding: bytes[(colon + 1)...], as: UTF8.self))
    }
}
