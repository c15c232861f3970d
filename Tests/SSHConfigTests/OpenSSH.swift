import Foundation

/// The real `ssh`, asked how it would reach a host.
enum OpenSSH {
    /// The settings that `ssh -G` prints, or nil where it refuses the file.
    static func settings(config: String, host: String, home: String) throws -> [String: [String]]? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/ssh")
        process.arguments = ["-G", "-F", config, "-T", host]
        process.environment = ["HOME": home, "PATH": "/usr/bin:/bin"]
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        var settings: [String: [String]] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1).map(String.init)
            settings[words[0], default: []].append(words.count > 1 ? words[1] : "")
        }
        return settings
    }
}
