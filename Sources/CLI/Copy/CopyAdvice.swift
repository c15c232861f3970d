import Transport

/// What to type next where a copy failed for a reason of the file's, on either side.
struct CopyAdvice {
    let request: CopyRequest
    let node: NodeName

    /// - Parameter reason: the node's words, or this machine's.
    func next(_ reason: String) -> String {
        let (path, folder) = (request.path.text.shellQuoted, request.path.parent.shellQuoted)
        let local = PathText(request.file(of: node))
        if reason.hasSuffix("on this machine") {
            return request.direction == .up
                ? "ls -l \(local.text.shellQuoted)"
                : "ls -ld \(local.parent.shellQuoted); df \(local.parent.shellQuoted)"
        }
        switch request.direction {
        case .up where reason.contains("No such folder"): return exec("mkdir -p -- \(folder)")
        case .up where reason.contains("Is a directory"):
            return request.line(on: [node], path: request.path.text + "/")
        case .up where reason.contains("Not a regular file"): return exec("ls -ld -- \(path)")
        case .up where reason.contains("invalid user") || reason.contains("invalid group"):
            return exec("cut -d: -f1 /etc/passwd /etc/group")
        case .up: return exec("ls -ld -- \(folder); df -- \(folder)")
        case .down where reason.contains("No such file"): return exec("ls -la -- \(folder)")
        case .down where reason.contains("changes all the time") || reason.contains("became shorter"):
            return exec("cp -- \(path) \((request.path.text + ".copy").shellQuoted)")
        case .down: return exec("ls -ld -- \(path)")
        }
    }

    private func exec(_ script: String) -> String { Self.exec(script, inventory: request.inventory, on: node.text) }

    /// A script for nodes, as a line to type here.
    static func exec(_ script: String, inventory: String, on selector: String? = nil) -> String {
        let on = selector.map { " --on \($0.shellQuoted)" } ?? ""
        return "harun exec \(inventory.shellQuoted)\(on) -- \(script.shellQuoted)"
    }
}
