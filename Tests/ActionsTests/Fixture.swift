import Foundation

/// A recorded answer of a real tool, by its path below `Fixtures`.
func fixture(_ path: String) throws -> String {
    try String(
        contentsOf: Bundle.module.resourceURL?.appending(path: "Fixtures/\(path)") ?? URL(filePath: path),
        encoding: .utf8)
}
