import Foundation
import Transport

/// A file's way between this machine and the nodes of an inventory, as it was typed.
struct CopyRequest: Sendable {
    enum Direction: Sendable { case up, down }

    /// Why it cannot be done, before anything was asked of a node.
    struct Problem: Error {
        var message: String
        /// A line that can be typed.
        var next: String
    }

    let direction: Direction
    /// The inventory's path as the user wrote it.
    let inventory: String
    /// The file on the nodes.
    let path: PathText
    /// The file on this machine, or the folder that it goes to, as the user wrote it.
    let local: String
    /// Whether what comes from the nodes lands in a folder.
    let isIntoFolder: Bool
    /// The mode, the owner and the nodes that were asked for, as typed.
    let mode: String?
    let owner: String?
    let on: String?

    /// - Throws: ``Problem``, without having looked at any file but the target on this machine.
    init(
        from: String, to: String, mode: String? = nil, owner: String? = nil, on: String? = nil
    ) throws(Problem) {
        (self.mode, self.owner, self.on) = (mode, owner, on)
        switch (CopyPlace(from), CopyPlace(to)) {
        case (.here(let file), .nodes(let inventory, let path)):
            (direction, self.inventory, local, isIntoFolder) = (.up, inventory, file, false)
            let target = PathText(path)
            guard target.isFolder, let name = PathText(file).name, name != "..", !target.leadsUp else {
                self.path = target
                break
            }
            self.path = PathText(target.text + "/" + name)
        case (.nodes(let inventory, let path), .here(let file)):
            (direction, self.inventory, local, self.path) = (.down, inventory, file, PathText(path))
            isIntoFolder = PathText(file).isFolder || LocalFile(file).kind == .folder
        case (.nodes, .nodes(let inventory, let path)):
            let name = PathText(CopyPlace.path(in: from)).name ?? "file"
            let aside = "/tmp/\(name)"
            throw Problem(
                message: "nothing is copied from nodes to nodes; one side must be a file of this machine",
                next: Self.line([from, aside]) + " && " + Self.line([aside, "\(inventory):\(path)"]))
        case (.here, .here):
            throw Self.noNodes(from, to)
        }
        try check()
    }

    private func check() throws(Problem) {
        if path.leadsUp {
            throw Problem(
                message: "the path on the nodes must not hold `..`, which leads elsewhere behind a link: \(path.text)",
                next: line(path: path.straightened))
        }
        if direction == .down, mode ?? owner != nil {
            throw Problem(
                message:
                    "--mode and --owner are for files on the nodes; what comes from there is yours alone, mode 0600",
                next: line())
        }
        guard let name = path.name else {
            throw Problem(message: "/ is a folder; give the file's name", next: line(path: "/tmp/file"))
        }
        if direction == .down, path.isFolder {
            throw Problem(
                message: "harun copies one file, and \(path.text)/ is a folder; make one file of it first",
                next: CopyAdvice.exec(
                    "tar -czf \("/tmp/\(name).tar.gz".shellQuoted) -C \(path.parent.shellQuoted) -- \(name.shellQuoted)",
                    inventory: inventory, on: on))
        }
    }

    /// Where a node's file lies on this machine.
    ///
    /// The place never depends on how many nodes are meant, or answer: a script finds the same tree for one and for ten,
    /// and the file keeps its name.
    func file(of node: NodeName) -> String {
        guard direction == .down, isIntoFolder, let name = path.name else { return local }
        return (local.utf8.last == UInt8(ascii: "/") ? local : local + "/") + "\(node)/\(name)"
    }

    /// The command again, for some nodes or another path there.
    ///
    /// - Parameter nodes: those that were chosen, where none is named.
    func line(on nodes: [NodeName] = [], path: String? = nil) -> String {
        var words = sides(path: path)
        let on = nodes.isEmpty ? on : nodes.map(\.text).joined(separator: ",")
        if let mode, direction == .up { words += ["--mode", mode] }
        if let owner, direction == .up { words += ["--owner", owner] }
        if let on { words += ["--on", on] }
        return Self.line(words)
    }

    private func sides(path: String? = nil) -> [String] {
        let remote = remote(path ?? self.path.text)
        // A file that comes from several nodes has its folder's mark in any case.
        let marked = isIntoFolder && local.utf8.last != UInt8(ascii: "/") ? local + "/" : local
        let here = marked.utf8.first == UInt8(ascii: "-") ? "./" + marked : marked
        return direction == .up ? [here, remote] : [remote, here]
    }

    /// A path on the nodes as it is typed.
    func remote(_ path: String) -> String { "\(inventory):\(path)" }

    /// A command of these words.
    static func line(_ words: [String]) -> String { "harun copy " + words.map(\.shellQuoted).joined(separator: " ") }

    /// Neither side names nodes: most often the path there is not absolute.
    private static func noNodes(_ from: String, _ to: String) -> Problem {
        for (word, other, isTarget) in [(to, from, true), (from, to, false)] {
            guard let (inventory, path) = CopyPlace.relative(in: word) else { continue }
            if path.utf8.first == UInt8(ascii: "~") || path.isEmpty {
                return Problem(
                    message: "the path on the nodes must begin with /, not \"\(path)\"",
                    next: CopyAdvice.exec("echo ~", inventory: inventory))
            }
            let side = "\(inventory):/\(path)"
            return Problem(
                message: "the path on the nodes must begin with /, not \"\(path)\"",
                next: line(isTarget ? [other, side] : [side, other]))
        }
        let name = PathText(from).name ?? "file"
        return Problem(
            message: "one side must be INVENTORY:/PATH, a file on the nodes of an inventory",
            next: line([from, "inventory.toml:/tmp/\(name)"]))
    }
}

extension CopyPlace {
    /// The path of a word that names nodes, the word itself elsewhere.
    static func path(in word: String) -> String {
        switch CopyPlace(word) {
        case .here(let file): file
        case .nodes(_, let path): path
        }
    }

    /// The parts of `INVENTORY:PATH` with a path that does not begin with `/`; nil where no such inventory is there.
    static func relative(in word: String) -> (inventory: String, path: String)? {
        let bytes = Array(word.utf8)
        for colon in bytes.indices.dropFirst() where bytes[colon] == UInt8(ascii: ":") {
            let inventory = String(decoding: bytes[..<colon], as: UTF8.self)
            guard LocalFile(inventory).kind == .file else { continue }
            return (inventory, String(decoding: bytes[(colon + 1)...], as: UTF8.self))
        }
        return nil
    }
}
