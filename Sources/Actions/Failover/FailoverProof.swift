import Crypto
import Foundation

/// The record on every node that a failover was measured with this very configuration.
struct FailoverProof: Codable, Sendable, Hashable {
    static let path = "/var/lib/harun/proofs/failover"

    /// Of the resources, constraints and defaults that were tested.
    var configuration: String
    /// When, by the operator's clock.
    var time: Date
    var figures: [String: String]

    init(configuration: String, time: Date, figures: [String: String]) {
        self.configuration = configuration
        self.time = time
        self.figures = figures
    }

    /// Reads the record; nil where it is none.
    init?(json: String) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let proof = try? decoder.decode(Self.self, from: Data(json.utf8)) else { return nil }
        self = proof
    }

    /// How long the service was away, for whoever is to agree to the next one.
    var outage: String? {
        let longest = ["outage_seconds", "service_outage_seconds"].compactMap { figures[$0].flatMap(Double.init) }.max()
        return longest.map { "\($0) s, measured \(time.formatted(.iso8601))" }
    }

    var json: String {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Names what was tested: any change to it makes the proof void.
    static func fingerprint(_ cib: CIB) -> String {
        let configuration = cib.root.first("configuration")
        var parts = ["nodes", "resources", "constraints", "rsc_defaults"].compactMap { configuration?.first($0) }
            .map { $0.settled.text() }
        // By the old name alone, whichever the cluster's release has: proofs from before are of the same configuration.
        parts.append("no-quorum-policy=\(cib.property("no-quorum-policy") ?? "")\n")
        parts.append("stonith-enabled=\(cib.fencingValues("enabled").joined(separator: " "))\n")
        return SHA256.hash(data: Data(parts.joined().utf8)).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

extension XMLTree {
    /// Without what agents and daily work write: utilization, target roles, node attributes.
    fileprivate var settled: XMLTree {
        var copy = self
        copy.children = children.filter { child in
            if child.name == "utilization" || child.name == "instance_attributes" && name == "node" { return false }
            return !(child.name == "nvpair" && child["name"] == "target-role")
        }
        .map(\.settled)
        return copy
    }
}
