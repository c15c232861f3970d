import Foundation

/// A proof that a node keeps in `/var/lib/harun/proofs`, in one line for people.
///
/// Nodes keep with it a hash of what was proven, so that a changed configuration asks for a new proof;
/// people have no use for that.
struct ProofText {
    private struct Failover: Decodable {
        var figures: [String: String]
        var time: String
    }

    let text: String

    /// - Parameters:
    ///   - name: `fencing` or `failover`.
    ///   - content: the file's content on one line.
    init(_ name: String, _ content: String) {
        if let failover = try? JSONDecoder().decode(Failover.self, from: Data(content.utf8)) {
            let figures = failover.figures
            let seconds = { (key: String) in TextRenderer.seconds(figures[key].flatMap(Double.init)) }
            let outage = figures["outage_seconds"].map { _ in ", address away \(seconds("outage_seconds"))" } ?? ""
            let service =
                figures["service_outage_seconds"].map { _ in ", service away \(seconds("service_outage_seconds"))" }
                ?? ""
            text = "\(name): \(figures["from"] ?? "?") to \(figures["to"] ?? "?")\(outage)\(service), \(failover.time)"
        } else {
            let words = content.split(separator: " ")
            let isHash = words.first.map { $0.count == 64 && $0.allSatisfy(\.isHexDigit) } ?? false
            text = "\(name): \(words.dropFirst(isHash ? 1 : 0).joined(separator: " "))"
        }
    }
}
