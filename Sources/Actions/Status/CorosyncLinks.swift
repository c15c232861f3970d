/// `corosync-cfgtool -s`: every link of one node, and which nodes it reaches over it.
///
/// Not `corosync-cfgtool -n`, which says nothing at all of a node that is away, and not the exit code, which is 0 while
/// links are down: seen with corosync 3.1.7 and 3.1.9.
package struct CorosyncLinks: Sendable, Hashable {
    package struct Link: Sendable, Hashable {
        package var number: Int
        /// This node's own address on it.
        package var address: String
        /// What is said of each node, by corosync's number of it: `connected`, `disconnected`, `localhost`.
        package var peers: [String: String]
    }

    package var localID: String
    package var links: [Link]

    /// Reads the answer; nil where it is none, as where corosync does not run or its transport is not knet.
    package init?(parsing text: String) {
        var localID: String?
        var links: [Link] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            if words.starts(with: ["Local", "node", "ID"]), words.count > 3 {
                localID = words[3].split(separator: ",").first.map(String.init)
            } else if words.starts(with: ["LINK", "ID"]), words.count > 2, let number = Int(words[2]) {
                links.append(Link(number: number, address: "", peers: [:]))
            } else if links.isEmpty {
                continue
            } else if words.count == 3, words[0] == "addr" {
                links[links.count - 1].address = words[2]
            } else if words.count == 3, words[0] == "nodeid:" {
                links[links.count - 1].peers[words[1].split(separator: ":").first.map(String.init) ?? ""] = words[2]
            }
        }
        guard let localID, !links.isEmpty else { return nil }
        self.localID = localID
        self.links = links
    }
}
