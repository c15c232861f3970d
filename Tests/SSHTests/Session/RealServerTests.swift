import SSH
import TestSupport
import Testing
import Transport

extension Tag {
    /// Needs a real sshd on this machine.
    @Tag static var ssh: Self
}

/// Everything against a real sshd on loopback, one test at a time: the servers are slower than harun.
@Suite("with a real sshd", .serialized, .tags(.ssh))
struct RealServerTests {}

/// Connects, lets `body` use the connection, and closes it.
func withConnection<Value: Sendable>(
    to server: OpenSSHServer, deadlines: Deadlines = Deadlines(), faults: WireFaults = WireFaults(),
    _ body: (any NodeConnection) async throws -> Value
) async throws -> Value {
    let connection = try await SSHConnector(deadlines: deadlines, faults: faults).connect(to: server.endpoint())
    let result: Result<Value, any Error>
    do { result = .success(try await body(connection)) } catch { result = .failure(error) }
    await connection.close()
    return try result.get()
}

/// The error of a connection attempt, nil if it succeeds.
func connectError(
    _ endpoint: Endpoint, deadlines: Deadlines = Deadlines()
) async -> TransportError? {
    do throws(TransportError) {
        try await SSHConnector(deadlines: deadlines).connect(to: endpoint).close()
        return nil
    } catch {
        return error
    }
}

/// Whether a process runs on this machine; a zombie does not.
func isRunning(_ pid: String) -> Bool {
    let stat = String(decoding: TemporaryDirectory.content(of: "/proc/\(pid)/stat"), as: UTF8.self)
    guard let fields = stat.split(separator: ")").last?.split(separator: " "), let state = fields.first else {
        return false
    }
    return state != "Z" && state != "X"
}
