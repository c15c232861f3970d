import Foundation

/// The file of `harun trust --fingerprint-file`: what the operator says the hosts' keys are.
struct FingerprintFile {
    /// As the user named it.
    let path: String
    private let entries: [(name: String, fingerprint: String)]

    /// Reads lines of a name and a fingerprint; empty lines and those that begin with `#` count for nothing.
    init(_ path: String) throws {
        self.path = path
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Console.failure("cannot read \(path)", .badInput)
        }
        entries = try text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { return nil }
            guard words.count == 2, words[1].hasPrefix("SHA256:") else {
                throw Console.failure("\(path): not a host's name and its SHA256 fingerprint: \(line)", .badInput)
            }
            return (first, words[1])
        }
    }

    /// What the file has for a host.
    func fingerprints(of name: String) -> [String] { entries.filter { $0.name == name }.map(\.fingerprint) }
}
