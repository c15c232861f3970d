import Foundation
import Synchronization
import Transport

/// A connection to a node of a ``SimulatedFleet``; once lost it stays dead, as a real one does.
final class SimulatedConnection: NodeConnection {
    let node: NodeName
    private let fleet: SimulatedFleet
    private let stands = Atomic(true)
    private let endings: Int
    var isOpen: Bool { stands.load(ordering: .acquiring) && endings == fleet.endings(of: node) }

    /// - Parameter endings: how often the node's connections had ended when this one was made.
    init(to node: NodeName, of fleet: SimulatedFleet, after endings: Int) {
        self.node = node
        self.fleet = fleet
        self.endings = endings
    }

    func run(
        _ command: Command, onOutput: (@Sendable (OutputChunk) -> Void)?
    ) async throws(TransportError) -> CommandResult {
        guard isOpen else {
            throw .connectionLost(during: "open", reason: "the connection is closed")
        }
        let (fault, arrival, beginning, ending) = fleet.admit(command, to: node)
        await arrival?(node, command)
        defer { if fault != .cut && fault != .outlivesItsTime { ending?(node, command) } }
        switch fault {
        case .lostBefore:
            await close()
            throw .connectionLost(during: "open", reason: "reset by peer")
        case .neverBegun:
            await close()
            return CommandResult(outcome: .unknown)
        case .cut:
            await close()
            await leave(command, beginning)
            return CommandResult(outcome: .unknown)
        case .outlivesItsTime:
            await leave(command, beginning)
            throw .timedOut(phase: "command", after: command.timeout)
        case .lostAfter, .lostOnce, .timesOut, .crashes, nil: break
        }
        let result: CommandResult
        do {
            result = try await shell(command, losing: fault) { [fleet, node] in
                beginning?(node, command)
                if fault == .crashes { fleet.crash(node) }
            }
        } catch {
            throw .connectionLost(during: "open", reason: "the simulation cannot start /bin/sh: \(error)")
        }
        if fault == .crashes {
            await close()
            return CommandResult(outcome: .unknown)
        }
        if fault == .timesOut { throw .timedOut(phase: "command", after: command.timeout) }
        if result.outcome == .unknown || fault == .lostAfter {
            await close()
            return CommandResult(outcome: .unknown, stdout: fault == .lostAfter ? [] : result.stdout)
        }
        for (stream, bytes) in [(OutputChunk.Stream.stdout, result.stdout), (.stderr, result.stderr)]
        where !bytes.isEmpty {
            onOutput?(OutputChunk(stream: stream, bytes: bytes))
        }
        return result
    }

    /// Runs a command in the node's folder, where everything is that harun keeps on a node.
    private func shell(
        _ command: Command, losing fault: SimulatedFleet.Fault? = nil, begun: () -> Void
    ) async throws -> CommandResult {
        let root = fleet.root(of: node)
        let script = command.script.replacing("/var/lib/harun", with: root + "/var/lib/harun")
            .replacing("/run/harun", with: root + "/run/harun")
            .replacing("/proc/sys/kernel/random/boot_id", with: root + "/boot_id")
            .replacing("/proc/uptime", with: fleet.uptimeFile(of: node))
        var end: String?
        if case .lostOnce(let file)? = fault { end = root + "/" + file }
        return try await SimulatedShell.run(
            script, input: command.input, in: root, environment: fleet.units.environment(of: node, in: root),
            killedOnce: end, begun: begun)
    }

    /// Returns as soon as the command runs, and leaves it to itself.
    private func leave(_ command: Command, _ beginning: SimulatedFleet.Beginning?) async {
        let hasBegun = SimulatedGate()
        Task {
            _ = try? await self.shell(command) {
                beginning?(self.node, command)
                hasBegun.open()
            }
            hasBegun.open()
        }
        await hasBegun.pass()
    }

    func upload(_ bytes: [UInt8], to path: String, mode: UInt16) async throws(TransportError) {
        guard isOpen else {
            throw .connectionLost(during: "upload", reason: "the connection is closed")
        }
        let target = fleet.root(of: node) + path
        do {
            try FileManager.default.createDirectory(
                atPath: (target as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data(bytes).write(to: URL(fileURLWithPath: target), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: Int(mode)], ofItemAtPath: target)
        } catch {
            throw .connectionLost(during: "upload", reason: "\(error)")
        }
    }

    func upload(
        file: String, to path: String, mode: UInt16, owner: String?,
        onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile {
        guard let content = FileManager.default.contents(atPath: file) else {
            throw .uploadFailed(path: path, reason: "\(file) cannot be read, on this machine")
        }
        try await upload([UInt8](content), to: path, mode: mode)
        onProgress?(TransferProgress(bytes: content.count, total: content.count))
        return TransferredFile(bytes: content.count, sha256: nil)
    }

    func download(
        _ path: String, to file: String, onProgress: (@Sendable (TransferProgress) -> Void)?
    ) async throws(TransportError) -> TransferredFile {
        guard isOpen else {
            throw .connectionLost(during: "download", reason: "the connection is closed")
        }
        guard let content = FileManager.default.contents(atPath: fleet.root(of: node) + path) else {
            throw .downloadFailed(path: path, reason: "No such file or directory")
        }
        do {
            try content.write(to: URL(fileURLWithPath: file), options: .atomic)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
        } catch {
            throw .downloadFailed(path: path, reason: "\(file): \(error)")
        }
        onProgress?(TransferProgress(bytes: content.count, total: content.count))
        return TransferredFile(bytes: content.count, sha256: nil)
    }

    func close() async { stands.store(false, ordering: .releasing) }
}
