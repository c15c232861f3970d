import Transport

extension PacemakerStatus {
    /// What is wrong with resources that must all run, once each, on one and the same node.
    func problems(of ids: [String]) -> [String] {
        guard isRunning else { return ["Pacemaker does not run (code \(code))"] }
        var lines: [String] = []
        for id in ids {
            guard let resource = resource(id) else {
                lines.append("\(id) is not in the cluster")
                continue
            }
            if resource.nodes.count > 1 {
                lines.append("\(id) runs on \(resource.nodes.map(\.text).joined(separator: " and ")) at once")
            } else if resource.isBlocked {
                lines.append("\(id) is blocked")
            } else if !resource.isManaged {
                lines.append("\(id) is not managed by the cluster")
            } else if resource.isFailed {
                lines.append("\(id) has failed")
            } else if !resource.isWell {
                lines.append("\(id) is \(resource.role.lowercased())")
            }
        }
        let places = Set(ids.compactMap { resource($0)?.nodes.first })
        if places.count > 1 {
            lines.append(
                "they run apart: "
                    + ids.map { "\($0) on \(resource($0)?.nodes.first?.text ?? "no node")" }.joined(separator: ", "))
        }
        for failure in failures where ids.contains(where: { failure.operation.hasPrefix("\($0)_") }) {
            let reason = failure.reason.isEmpty ? "" : ": \(failure.reason)"
            lines.append("\(failure.operation) failed on \(failure.node) with code \(failure.exitCode)\(reason)")
        }
        return lines
    }

    /// The node that runs all of these, nil where none does or they are apart.
    func place(of ids: [String]) -> NodeName? {
        let places = Set(ids.map { resource($0)?.nodes ?? [] })
        guard places.count == 1, let nodes = places.first, nodes.count == 1 else { return nil }
        return nodes.first
    }
}
