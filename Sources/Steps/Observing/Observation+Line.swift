import Foundation

extension Observation {
    /// Takes in one line of a probe's standard output; lines in no known form are dropped.
    package mutating func take(_ line: some StringProtocol) {
        let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false).map { String($0) }
        switch parts.first {
        case "note": note = parts.dropFirst().joined(separator: " ")
        case "fact" where parts.count >= 2: facts[parts[1]] = parts.count > 2 ? parts[2] : ""
        case "blob" where parts.count == 3: facts[parts[1]] = Self.decode(parts[2])
        case "secret" where parts.count == 3: secrets[parts[1]] = Self.decode(parts[2])
        default: break
        }
    }

    private static func decode(_ base64: String) -> String? {
        Data(base64Encoded: base64).map { String(decoding: $0, as: UTF8.self) }
    }
}
