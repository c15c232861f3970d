import SSH
import Transport

/// What `scripts/bench-ssh` measures and no command of harun does: many commands on open sessions, and an upload.
@main
struct Main {
    static func main() async {
        let words = CommandLine.arguments.dropFirst()
        guard words.count == 6, let port = words.dropFirst().first.flatMap({ UInt16($0) }) else {
            print(
                """
                usage: sshbench HOSTS PORT KEY KNOWN_HOSTS commands ROUNDS
                       sshbench HOST PORT KEY KNOWN_HOSTS FILE TARGET
                HOSTS are addresses with commas between them. Prints commands a second, or nothing.
                """)
            return
        }
        let rest = Array(words)
        let endpoints = rest[0].split(separator: ",").map { address in
            Endpoint(
                node: NodeName(String(address)), address: String(address), port: port, identities: [rest[2]],
                knownHosts: rest[3])
        }
        do {
            if rest[4] == "commands" {
                print(try await commands(on: endpoints, rounds: Int(rest[5]) ?? 1))
            } else if let endpoint = endpoints.first {
                let node = try await SSHConnector().connect(to: endpoint)
                try await node.upload(file: rest[4], to: rest[5], mode: 0o600, owner: nil, onProgress: nil)
                await node.close()
            }
        } catch {
            preconditionFailure("\(error)")
        }
    }

    /// Commands a second over sessions that are open already, one command at a time on each.
    private static func commands(on endpoints: [Endpoint], rounds: Int) async throws -> Double {
        var nodes: [any NodeConnection] = []
        for endpoint in endpoints { nodes.append(try await SSHConnector().connect(to: endpoint)) }
        let began = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            for node in nodes {
                group.addTask {
                    for _ in 0..<rounds {
                        let result = try await node.run(Command("true"))
                        precondition(result.outcome.isSuccess, "\(result.outcome)")
                    }
                }
            }
            try await group.waitForAll()
        }
        let spent = (ContinuousClock.now - began).components
        for node in nodes { await node.close() }
        return Double(rounds * nodes.count) / (Double(spent.seconds) + Double(spent.attoseconds) / 1e18)
    }
}
