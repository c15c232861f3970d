import Glibc
package import Transport

/// Many nodes at once: addresses of 127.0.0.0/8 that one sshd serves.
package struct ScaleTrial: Sendable {
    /// What the trial came to.
    package struct Result: Sendable {
        /// Nodes whose command was proved to succeed with the right output.
        package var succeeded = 0
        /// The first few errors.
        package var errors: [String] = []
        /// Memory of this process for each open and busy session, in bytes.
        package var bytesPerNode = 0
    }

    private let server: OpenSSHServer
    private let nodes: Int

    /// - Parameter server: one that listens on all addresses.
    package init(_ server: OpenSSHServer, nodes: Int) {
        self.server = server
        self.nodes = nodes
    }

    /// Connects to all nodes, then runs a command on all of them, then closes.
    package func run(_ connector: any Connector) async -> Result {
        let names = try? server.directory.write("known_everywhere", server.knownHostsOfEverywhere)
        let before = Self.residentBytes
        let (connections, refused) = await connect(connector, knownHosts: names ?? "")
        var result = Result()
        result.errors = refused
        let reports = await withTaskGroup(of: String?.self) { group in
            for (number, node) in connections.enumerated() {
                group.addTask { await Self.problem(of: node, number) }
            }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        result.bytesPerNode = max(0, Self.residentBytes - before) / max(1, nodes)
        result.succeeded = reports.count { $0 == nil }
        result.errors = Array((result.errors + reports.compactMap { $0 }).prefix(5))
        for node in connections { await node.close() }
        return result
    }

    private func connect(
        _ connector: any Connector, knownHosts: String
    ) async -> (connections: [any NodeConnection], errors: [String]) {
        await withTaskGroup(of: Swift.Result<any NodeConnection, TransportError>.self) { group in
            for number in 0..<nodes {
                var endpoint = server.endpoint(node: NodeName("n\(number)"), knownHosts: knownHosts)
                endpoint.address = "127.\(1 + number / 62_500).\(number / 250 % 250).\(1 + number % 250)"
                let target = endpoint
                group.addTask { await Self.attempt(connector, target) }
            }
            var connections: [any NodeConnection] = []
            var errors: [String] = []
            for await connection in group {
                switch connection {
                case .success(let node): connections.append(node)
                case .failure(let error): errors.append(error.description)
                }
            }
            return (connections, errors)
        }
    }

    private static func problem(of node: any NodeConnection, _ number: Int) async -> String? {
        do throws(TransportError) {
            let done = try await node.run(Command("echo \(number); exit 3", timeout: .seconds(300)), onOutput: nil)
            let isRight = done.outcome == .exited(3) && done.outputText == "\(number)\n"
            return isRight ? nil : "\(number): \(done.outcome) \(done.outputText)"
        } catch {
            return "\(number): \(error)"
        }
    }

    private static func attempt(
        _ connector: any Connector, _ endpoint: Endpoint
    ) async -> Swift.Result<any NodeConnection, TransportError> {
        do throws(TransportError) {
            return .success(try await connector.connect(to: endpoint))
        } catch {
            return .failure(error)
        }
    }

    /// The resident memory of this process.
    private static var residentBytes: Int {
        let fields = String(decoding: TemporaryDirectory.content(of: "/proc/self/statm"), as: UTF8.self)
            .split(separator: " ")
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(CInt(_SC_PAGESIZE)))
    }
}
