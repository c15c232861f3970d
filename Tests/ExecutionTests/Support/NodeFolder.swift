import Foundation
import TestSupport
import Transport

/// What a node's folder holds, to the byte: every file with its mode and content, every folder, every link.
///
/// What harun keeps for itself and what steps wrote into their log are not the node's state.
struct NodeFolder: Hashable, CustomStringConvertible {
    private static let left: Set = ["log", "var", "run", "boot_id"]

    private var entries: [String: String] = [:]

    init(of node: NodeName, in fleet: SimulatedFleet) {
        let root = fleet.root(of: node)
        guard let all = FileManager.default.enumerator(atPath: root) else { return }
        for case let path as String in all
        where path.split(separator: "/").first.map({ !Self.left.contains(String($0)) }) == true {
            let attributes = (try? FileManager.default.attributesOfItem(atPath: root + "/" + path)) ?? [:]
            let mode = String((attributes[.posixPermissions] as? Int) ?? 0, radix: 8)
            let content = (try? Data(contentsOf: URL(fileURLWithPath: root + "/" + path)))?.base64EncodedString()
            entries[path] = "\(mode) \(content ?? "-")"
        }
    }

    var description: String {
        entries.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: "\n")
    }
}
