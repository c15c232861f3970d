import ArgumentParser
import Foundation
import Inventory
import Reporting
import SSH
import Transport

/// `harun trust`: shows the hosts' keys and pins what a person accepts.
struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Show every host's keys and pin the ones you accept.",
        discussion: """
            Compare each fingerprint with the host's own, shown on its console by
            for f in /etc/ssh/ssh_host_*_key.pub; do ssh-keygen -lf "$f"; done

            Jump hosts come first. A known key is left alone; a changed one is never replaced here. Without a \
            terminal, --yes pins only what --fingerprint-file lists: lines of a name (the node's, or the jump \
            host's as it is written) and SHA256:…, as many for one host as it has keys. --output json never asks: without \
            a file it only shows.
            """)

    @Argument(help: "The inventory.") var inventory: String
    @Flag(help: "Do not ask; needs --fingerprint-file.") var yes = false
    @Option(help: ArgumentHelp("Lines of a host's name and a fingerprint.", valueName: "file"))
    var fingerprintFile: String?
    @OptionGroup var log: LogOptions
    @Option(help: "live, plain or json.") var output = OutputFormat.live

    func validate() throws {
        if yes, fingerprintFile == nil {
            throw ValidationError("--yes needs --fingerprint-file: nothing is trusted without a comparison")
        }
    }

    func run() async throws {
        let loaded = try LoadedInventory(inventory)
        let expected = try fingerprintFile.map(FingerprintFile.init)
        if expected == nil, output != .json, !Console.canAsk {
            throw Console.failure(
                "there is no terminal to ask on", next: "harun trust \(inventory) --yes --fingerprint-file FILE",
                .usage)
        }
        let nodes = loaded.fleet.nodes.map { $0.endpoint() }
        let scan = HostKeyScan(connector: SSHConnector.forConsole())
        let hops = Self.unique(nodes.flatMap(\.jumps))
        var isComplete = true
        // A host behind another is reached only once that one's key is pinned.
        for hop in hops {
            let keys = await Self.keys(of: hop, scan)
            isComplete = try report(keys, of: hop, expected) && isComplete
        }
        for (node, keys) in zip(nodes, await nodes.gather { await Self.keys(of: $0, scan) }) {
            isComplete = try report(keys, of: node, expected) && isComplete
        }
        if !isComplete { throw ExitCode(1) }
        Console.err("next:  harun check --online \(inventory)")
    }

    private typealias Found = Result<(keys: [HostKey], others: [String]), TransportError>

    private static func keys(of endpoint: Endpoint, _ scan: HostKeyScan) async -> Found {
        do throws(TransportError) {
            return .success(try await scan.keys(of: endpoint))
        } catch {
            return .failure(error)
        }
    }

    private static func unique(_ endpoints: [Endpoint]) -> [Endpoint] {
        var seen: Set<Endpoint> = []
        return endpoints.filter { seen.insert($0).inserted }
    }

    /// Deals with one host and says so; whether it can be connected to now.
    private func report(_ found: Found, of endpoint: Endpoint, _ expected: FingerprintFile?) throws -> Bool {
        var report = TrustReport(endpoint)
        let isTrusted = try pin(found, of: endpoint, expected, &report)
        if output == .json { Console.out(JSONText.line(report)) }
        return isTrusted
    }

    private func say(_ line: String) { if output != .json { Console.out(line) } }

    /// Shows one host's keys and pins the accepted ones; whether the host can be connected to now.
    private func pin(
        _ found: Found, of endpoint: Endpoint, _ expected: FingerprintFile?, _ report: inout TrustReport
    ) throws -> Bool {
        let keys: [HostKey]
        switch found {
        case .failure(let error):
            report.error = error.description
            Console.err("error: \(endpoint.node): \(error)\nnext:  \(error.advice(inventory: inventory))")
            return false
        case .success(let answer):
            keys = answer.keys
            let isUncheckable = answer.others.contains { $0.contains("rsa") }
            let rest = isUncheckable ? "  (and an RSA key, which libssh2 cannot check)" : ""
            say("\(endpoint.node) (\(endpoint.knownHostsName))\(rest)")
        }
        let known = KnownHostsFiles(of: endpoint)
        var new: [HostKey] = []
        for key in keys {
            switch known.problem(with: key, of: endpoint) {
            case nil:
                report.add(key, .known)
                say("  \(key.type) \(key.fingerprint)  known already")
            case .hostKeyUnknown?, .hostKeyOtherType?:
                report.add(key, .new)
                say("  \(key.type) \(key.fingerprint)")
                new.append(key)
            case let error?:
                report.add(key, .refused)
                report.error = error.description
                say("  \(key.type) \(key.fingerprint)  REFUSED")
                Console.err("error: \(endpoint.node): \(error)\nnext:  \(error.advice(inventory: inventory))")
                return false
            }
        }
        if let expected {
            let listed = expected.fingerprints(of: endpoint.node.text)
            let accepted = new.filter { listed.contains($0.fingerprint) }
            if accepted.isEmpty, new.count == keys.count {
                let said = listed.isEmpty ? "nothing" : listed.joined(separator: ", ")
                report.error = "\(expected.path) says \(said) for \(endpoint.node)"
                Console.err("error: \(expected.path) says \(said) for \(endpoint.node)")
                return false
            }
            new = accepted
        } else if !new.isEmpty {
            let question = "  pin \(new.count == 1 ? "this key" : "these keys") in \(endpoint.knownHosts)?"
            if output == .json || !Console.ask(question) { return new.count < keys.count }
        }
        guard !new.isEmpty else { return true }
        do {
            try KnownHostsWriter.append(known.lines(for: new, of: endpoint), to: endpoint.knownHosts)
        } catch {
            throw Console.failure("\(error)", .badInput)
        }
        for key in new { report.add(key, .pinned) }
        say("  pinned in \(endpoint.knownHosts)")
        return true
    }
}
