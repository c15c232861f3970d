import Transport

extension CopyRequest {
    /// The file that is sent.
    func checkedSource() throws(Problem) -> LocalFile {
        let file = LocalFile(local)
        let name = PathText(local).name ?? "."
        switch file.kind {
        case .file: return file
        case .folder:
            let archive = "\(name == "." || name == ".." ? "folder" : name).tar.gz"
            let place = path.isFolder ? path.text : path.parent
            throw Problem(
                message: "harun copies one file, and \(local) is a folder; make one file of it first",
                next: "tar -czf \("/tmp/\(archive)".shellQuoted) -C \(typed) . && "
                    + Self.line(["/tmp/\(archive)", remote((place == "/" ? "" : place) + "/" + archive)]))
        case .other: throw Problem(message: "\(local) is no regular file", next: "ls -l \(typed)")
        case .missing(let reason):
            throw Problem(message: "\(local): \(reason)", next: "ls -la \(PathText(local).parent.shellQuoted)")
        }
    }

    private var typed: String { (local.utf8.first == UInt8(ascii: "-") ? "./" + local : local).shellQuoted }

    /// Whether what comes from these nodes has a place.
    func checkTarget(_ nodes: [NodeName]) throws(Problem) {
        // A file with the mark of a folder would not be found.
        let file = LocalFile(PathText(local).text)
        if isIntoFolder {
            if file.kind == .file || file.kind == .other {
                throw Problem(message: "\(local) is no folder", next: "ls -l \(file.path.shellQuoted)")
            }
            return
        }
        if nodes.count > 1 {
            throw Problem(
                message:
                    "\(local) is one file, and \(nodes.count) nodes have one each; with / at its end it is a folder",
                next: Self.line([remote(path.text), local + "/"] + (on.map { ["--on", $0] } ?? [])))
        }
        if file.kind == .other {
            throw Problem(
                message: "\(local) is no regular file, and a copy would take its place",
                next: CopyAdvice.exec("cat -- \(path.text.shellQuoted)", inventory: inventory, on: nodes.first?.text))
        }
        let parent = PathText(local).parent
        if case .missing(let reason) = LocalFile(parent).kind {
            throw Problem(message: "\(parent): \(reason)", next: "mkdir -p -- \(parent.shellQuoted)")
        }
    }

    /// Makes the folder that files of nodes land in; what was made of it, innermost first.
    func makeFolder() throws(Problem) -> [String] {
        guard direction == .down, isIntoFolder else { return [] }
        switch LocalFile.makeFolder(local) {
        case .success(let made): return made
        case .failure(let failure):
            throw Problem(message: failure.reason, next: "ls -ld \(PathText(local).parent.shellQuoted)")
        }
    }
}
