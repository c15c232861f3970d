import Glibc
import SSH
import TestSupport
import Transport

/// Trials of the SSH engine that are too long for every test run: `make leaks` and `make scale`.
@main
enum SSHTrial {
    static func main() async throws {
        Allocator.shareHeaps()
        let arguments = CommandLine.arguments.dropFirst()
        let number = arguments.dropFirst().first.flatMap { Int($0) }
        let isWell =
            switch arguments.first {
            case "faults": try await faults(stride: number ?? 1)
            case "scale": try await scale(nodes: number ?? 2000)
            default: usage()
            }
        exit(isWell ? 0 : 1)
    }

    private static func usage() -> Bool {
        print("usage: SSHTrial faults [STRIDE] | scale [NODES]")
        return false
    }

    /// Cuts connections at every byte in both directions, stutters, damages bytes, and counts what is left.
    private static func faults(stride: Int) async throws -> Bool {
        let server = try OpenSSHServer()
        let matrices: [(String, @Sendable (Int) -> WireFaults)] = [
            (
                "cut-in",
                {
                    var faults = WireFaults(); faults.cutAfterBytesIn = $0; return faults
                }
            ),
            (
                "cut-out",
                {
                    var faults = WireFaults(); faults.cutAfterBytesOut = $0; return faults
                }
            ),
        ]
        var isWell = true
        // The loops open their files at first use.
        try await withFirstConnection(to: server)
        let files = FaultTrial.openDescriptors
        for (name, fault) in matrices {
            let result = await FaultMatrix(server, name) { SSHConnector(faults: fault($0)) }
                .cutEverywhere(stride: stride)
            report(name, result)
            isWell = isWell && result.lies.isEmpty && result.successes > 0
        }
        for end in [CuttingRelay.End.finish, .reset] {
            let result = await FaultMatrix(server, "\(end)") { number in
                RelayedConnector(SSHConnector(), to: server, after: number, end)
            }.cutEverywhere(stride: stride)
            report("\(end)", result)
            isWell = isWell && result.lies.isEmpty && result.successes > 0
        }
        let stutter = await FaultMatrix(server, "stutter") { seed in
            var faults = WireFaults()
            faults.stutter = UInt64(seed)
            return SSHConnector(faults: faults)
        }.run(Array(1...max(4, 100 / stride)))
        report("stutter", stutter)
        isWell = isWell && stutter.lies.isEmpty && stutter.successes == stutter.trials
        let census = await SSHCensus.take()
        let more = FaultTrial.openDescriptors - files
        print(
            "left: \(census.sessions) sessions, \(census.sockets) sockets, \(census.deadlines) deadlines, \(more) files"
        )
        return isWell && census == SSHCensus() && more <= 0
    }

    private static func withFirstConnection(to server: OpenSSHServer) async throws {
        let node = try await SSHConnector().connect(to: server.endpoint())
        _ = try await node.run(Command("true"))
        await node.close()
    }

    private static func report(_ name: String, _ result: FaultMatrix.Result) {
        print("\(name): \(result.trials) trials, \(result.successes) successes, from byte \(result.firstSuccess)")
        for lie in result.lies { print("  \(lie)") }
    }

    /// Sessions to so many addresses of one sshd, all open and busy at once.
    private static func scale(nodes: Int) async throws -> Bool {
        let server = try OpenSSHServer(address: "0.0.0.0", extraConfig: ["MaxStartups 5000", "LogLevel ERROR"])
        var deadlines = Deadlines()
        // The servers are many processes on few cores: their silence means nothing here.
        deadlines.keepalive = .seconds(60)
        let start = ContinuousClock.now
        let result = await ScaleTrial(server, nodes: nodes).run(SSHConnector(deadlines: deadlines))
        print(
            "\(result.succeeded) of \(nodes) nodes, \(result.bytesPerNode / 1024) KiB a node, \(ContinuousClock.now - start)"
        )
        for error in result.errors { print("  \(error)") }
        return result.succeeded == nodes && result.bytesPerNode < 100 << 10
    }
}
