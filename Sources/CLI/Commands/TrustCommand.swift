import ArgumentParser
import Foundation
import Inventory
import Reporting
import SSH
import Transport

/// `harun trust`: shows the nodes' host keys and pins what a person accepts.
struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Show every node's host key and pin the ones you accept.",
        discussion: """
            Compare each fingerprint with the node's own, shown on its console by
            ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub

            A known key is left alone; a changed one is never replaced here. Without a terminal, --yes pins only what \
            --fingerprint-file lists: lines of NODE and SHA256:… .
            """)

    @Argument(help: "The inventory.") var inventory: String
    @Flag(help: "Do not ask; needs --fingerprint-file.") var yes = false
    @Option(help: ArgumentHelp("Lines of a node's name and its fingerprint.", valueName: "file"))
    var fingerprintFile: String?

    func validate() throws {
        if yes, fingerprintFile == nil {
            throw ValidationError("--yes needs --fingerprint-file: nothing is trusted without a comparison")
        }
    }

    func run() async throws {
        let loaded = try LoadedInventory(inventory)
        let expected = try fingerprintFile.map(Self.fingerprints)
        if expected == nil, !Console.canAsk {
            throw Console.failure(
                "there is no terminal to ask on", next: "harun trust \(inventory) --yes --fingerprint-file FILE",
                .usage)
        }
        var isComplete = true
        for node in loaded.fleet.nodes {
            let pinned = try await trust(node.endpoint(), expected: expected)
            isComplete = isComplete && pinned
        }
        if !isComplete { throw ExitCode(1) }
        Console.err("next:  harun check --online \(inventory)")
    }

    /// Pins one node's key, or says why not.
    private func trust(_ endpoint: Endpoint, expected: [String: String]?) async throws -> Bool {
        let known = KnownHosts((try? Data(contentsOf: URL(fileURLWithPath: endpoint.knownHosts))).map(Array.init) ?? [])
        let name = endpoint.knownHostsName
        let key: HostKey
        do throws(TransportError) {
            let types = known.keyTypes(of: name)
            key = try await HostKeyScan().key(
                of: endpoint.address, port: endpoint.port,
                preferring: types.isEmpty ? ["ssh-ed25519"] : types)
        } catch {
            Console.err("error: \(endpoint.node): \(error)\nnext:  \(error.advice(inventory: inventory))")
            return false
        }
        Console.out("\(endpoint.node) (\(name))  \(key.type) \(key.fingerprint)")
        switch known.verdict(on: key, of: name) {
        case .match:
            Console.out("  known already")
            return true
        case .unknown: break
        default:
            Console.err("error: \(endpoint.knownHosts) has another key for \(name), or forbids this one")
            Console.err(
                "next:  only if you know why: ssh-keygen -f \(endpoint.knownHosts) -R '\(name)', then this again")
            return false
        }
        if let expected {
            guard expected[endpoint.node.text] == key.fingerprint else {
                Console.err(
                    "error: \(fingerprintFile ?? "") says \(expected[endpoint.node.text] ?? "nothing") for \(endpoint.node)"
                )
                return false
            }
        } else if !Console.ask("  pin this key in \(endpoint.knownHosts)?") {
            return false
        }
        try Self.append(key.knownHostsLine(host: name), to: endpoint.knownHosts)
        Console.out("  pinned")
        return true
    }

    private static func append(_ line: String, to path: String) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Console.failure("cannot write \(path): \(String(cString: strerror(errno)))", .badInput)
        }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let end = try handle.seekToEnd()
        var text = line + "\n"
        if end > 0 {
            try handle.seek(toOffset: end - 1)
            if try handle.read(upToCount: 1) != Data([UInt8(ascii: "\n")]) { text = "\n" + text }
        }
        try handle.write(contentsOf: Data(text.utf8))
        try handle.synchronize()
    }

    private static func fingerprints(_ path: String) throws -> [String: String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Console.failure("cannot read \(path)", .badInput)
        }
        var result: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 2, words[1].hasPrefix("SHA256:") else {
                throw Console.failure("\(path): not a node's name and its SHA256 fingerprint: \(line)", .badInput)
            }
            result[words[0]] = words[1]
        }
        return result
    }
}
