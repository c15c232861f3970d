/// A path as text, taken apart by bytes as the kernel does it.
struct PathText: Hashable {
    /// Whether it begins at the root.
    let isAbsolute: Bool
    /// Whether it can only be a folder: it ends with `/`, `.` or `..`.
    let isFolder: Bool
    /// Its names, without empty ones and `.`.
    let names: [String]

    init(_ text: String) {
        let bytes = Array(text.utf8)
        let parts = bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        isAbsolute = bytes.first == UInt8(ascii: "/")
        isFolder = ["", ".", ".."].contains(parts.last ?? "")
        names = parts.filter { !$0.isEmpty && $0 != "." }
    }

    /// Whether a name of it leads up.
    var leadsUp: Bool { names.contains("..") }

    /// The last name, where it has one.
    var name: String? { names.last }

    /// The path in its shortest spelling, without the mark of a folder.
    var text: String { (isAbsolute ? "/" : "") + names.joined(separator: "/") }

    /// The folder that it is in.
    var parent: String {
        let text = (isAbsolute ? "/" : "") + names.dropLast().joined(separator: "/")
        return text.isEmpty ? "." : text
    }

    /// The same with each `..` carried out as if no name were a link.
    var straightened: String {
        var kept: [String] = []
        for name in names {
            if name != ".." { kept.append(name) } else if !kept.isEmpty { kept.removeLast() }
        }
        return "/" + kept.joined(separator: "/") + (isFolder && !kept.isEmpty ? "/" : "")
    }
}
