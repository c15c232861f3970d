import Crypto
import Foundation
import Steps
import Transport

/// Everything that a real fence proves, as one value: changed in any part, it must be proven anew.
struct FencingConfiguration: Sendable, Hashable {
    /// Sorted lines without anything that differs from node to node.
    private var lines: [String]

    /// Reads what a probe of ``FencingProveAction`` reported; nil where no fencing is configured.
    ///
    /// - Parameter watchdog: what the kernel calls it, for the proof of the watchdog; it may differ from node to node.
    init?(_ observation: Observation, peers: [Peer], watchdog: String? = nil) {
        guard let tree = observation.secrets["resources"].flatMap({ XMLTree(parsing: $0) }) else { return nil }
        let devices = tree.descendants("primitive").filter { $0["class"] == "stonith" }
        if devices.isEmpty { return nil }
        var lines = devices.flatMap { device in
            device.descendants("nvpair").map { "\(device["id"] ?? "") \($0["name"] ?? "")=\($0["value"] ?? "")" }
                + ["\(device["id"] ?? "") \(device["type"] ?? "")"]
        }
        for line in (observation.facts["sbd"] ?? "").split(whereSeparator: \.isNewline)
        where line.hasPrefix("SBD_") && !line.hasPrefix("SBD_OPTS=") {
            lines.append(String(line))
        }
        if let header = SBDHeader(dump: observation.facts["dump"] ?? "", list: "") {
            lines.append("header \(header.uuid) \(header.watchdogTimeout) \(header.msgwaitTimeout)")
        }
        lines += peers.map { "node \($0.name)" }
        if let watchdog { lines.append("watchdog \(watchdog)") }
        self.lines = lines.sorted()
    }

    /// SHA-256 in hex: a fencing device may have a password among its attributes, which never leaves.
    var hash: String {
        SHA256.hash(data: Data(lines.joined(separator: "\n").utf8))
            .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
