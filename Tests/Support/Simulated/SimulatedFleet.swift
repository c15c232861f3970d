import Foundation
import Synchronization
package import Transport

/// Nodes that really run their scripts, each with `/bin/sh` in a folder of its own, and faults on demand.
///
/// A script finds its node's folder in `$NODE_ROOT`, and the node's name in `$NODE_NAME`. Whatever it says about
/// `/var/lib/harun` and `/run/harun` goes to that folder too, so that no test writes outside of its own files.
/// Long commands outlive their connection here as well, see ``SimulatedUnits``.
package final class SimulatedFleet: Connector {
    /// What goes wrong with one command.
    package enum Fault: Sendable, Hashable {
        /// The connection ends before the node hears of the command; an error is thrown.
        case lostBefore
        /// The command runs to its end, but the connection ended meanwhile: its outcome is unknown.
        case lostAfter
        /// The connection ends as soon as this file is there on the node, and what runs on the connection with
        /// it: the outcome is unknown.
        case lostOnce(file: String)
        /// The outcome is unknown, and the command was never begun.
        case neverBegun
        /// The command runs to its end, but too late for whoever waits: an error is thrown.
        case timesOut
        /// The connection ends as soon as the command runs, and the command goes on by itself.
        case cut
        /// The command goes on by itself, for longer than anybody waits: an error is thrown.
        case outlivesItsTime
        /// The node loses its power as soon as the command runs, see ``SimulatedFleet/crash(_:)``.
        case crashes
    }

    /// Which command of a node a fault is for.
    package enum Trigger: Sendable, Hashable {
        /// The n-th of all that the node gets, counted from 1.
        case command(Int)
        /// The first one whose script holds this text.
        case script(String)
    }

    /// Sees a command as it arrives, before anything of it is done; may hold it up.
    package typealias Arrival = @Sendable (NodeName, Command) async -> Void
    /// Sees a command as soon as it runs on its node.
    package typealias Beginning = @Sendable (NodeName, Command) -> Void
    /// Sees that a command which arrived does nothing any more, answered or not; one that goes on without its
    /// connection is never seen here.
    package typealias Ending = @Sendable (NodeName, Command) -> Void

    private struct State {
        var commands: [NodeName: [Command]] = [:]
        var connects: [NodeName: Int] = [:]
        var faults: [NodeName: [(Trigger, Fault)]] = [:]
        var unreachable: Set<NodeName> = []
        /// How often the connections to a node ended while nobody used them.
        var endings: [NodeName: Int] = [:]
        var arrival: Arrival?
        var beginning: Beginning?
        var ending: Ending?
    }

    /// Where the nodes' folders are.
    package let folder: String
    /// What plays systemd on the nodes.
    package let units: SimulatedUnits
    private let state = Mutex(State())
    private let isKept: Bool

    /// A fleet in a folder of its own, which ends with it.
    package convenience init() throws {
        try self.init(folder: NSTemporaryDirectory() + "harun-fleet-" + UUID().uuidString, isKept: false)
    }

    /// A fleet whose nodes are what this folder holds, and go on when the process ends.
    package convenience init(keptIn folder: String) throws { try self.init(folder: folder, isKept: true) }

    private init(folder: String, isKept: Bool) throws {
        self.folder = folder
        self.isKept = isKept
        units = try SimulatedUnits(in: folder + "/bin")
    }

    deinit {
        if isKept { return }
        units.endAll()
        try? FileManager.default.removeItem(atPath: folder)
    }

    package func connect(to endpoint: Endpoint) async throws(TransportError) -> any NodeConnection {
        let isReachable = state.withLock { state in
            state.connects[endpoint.node, default: 0] += 1
            return !state.unreachable.contains(endpoint.node)
        }
        guard isReachable else { throw .unreachable(address: endpoint.address, reason: "connection refused") }
        let root = root(of: endpoint.node)
        do {
            if !FileManager.default.fileExists(atPath: root + "/boot_id") { try units.boot(root) }
        } catch {
            throw .unreachable(address: endpoint.address, reason: "\(error)")
        }
        return SimulatedConnection(to: endpoint.node, of: self, after: endings(of: endpoint.node))
    }

    // MARK: - What the test arranges

    /// The node does not answer to new connections from now on.
    package func makeUnreachable(_ node: NodeName) { state.withLock { _ = $0.unreachable.insert(node) } }

    /// The connections that there are to the node end, with nothing under way on them.
    package func endConnections(to node: NodeName) { state.withLock { $0.endings[node, default: 0] += 1 } }

    /// How often ``endConnections(to:)`` was called.
    func endings(of node: NodeName) -> Int { state.withLock { $0.endings[node, default: 0] } }

    /// The node answers again.
    package func makeReachable(_ node: NodeName) { state.withLock { _ = $0.unreachable.remove(node) } }

    /// The node has been up for so many seconds, in a boot of this name, until it is set anew.
    package func setUptime(_ seconds: Int, boot: String = "boot-1", on node: NodeName) throws {
        try FileManager.default.createDirectory(atPath: root(of: node), withIntermediateDirectories: true)
        try Data("\(boot)\n".utf8).write(to: URL(fileURLWithPath: root(of: node) + "/boot_id"), options: .atomic)
        let file = URL(fileURLWithPath: folder + "/uptime." + node.text)
        try Data("\(seconds).25 0.00\n".utf8).write(to: file, options: .atomic)
    }

    /// Something goes wrong, once, with a command of a node.
    package func plan(_ fault: Fault, on node: NodeName, at trigger: Trigger) {
        state.withLock { $0.faults[node, default: []].append((trigger, fault)) }
    }

    /// The node loses its power and comes back: whatever ran there has ended, in the middle.
    ///
    /// Connections are not cut by it; that is ``plan(_:on:at:)``'s.
    package func reboot(_ node: NodeName) throws {
        units.endAll(on: node)
        try units.boot(root(of: node))
    }

    /// Every command is shown to this before it is done.
    package func onArrival(_ arrival: @escaping Arrival) { state.withLock { $0.arrival = arrival } }

    /// Every command is shown to this as soon as it runs.
    package func onBeginning(_ beginning: @escaping Beginning) { state.withLock { $0.beginning = beginning } }

    /// Every command is shown to this when it is over.
    package func onEnding(_ ending: @escaping Ending) { state.withLock { $0.ending = ending } }

    /// The node loses its power: everything that runs there ends, what lies in its folder `run` is gone, and it
    /// does not answer until ``makeReachable(_:)``.
    package func crash(_ node: NodeName) {
        makeUnreachable(node)
        units.endAll(on: node)
        let root = root(of: node)
        SimulatedProcesses.end(of: root)
        try? FileManager.default.removeItem(atPath: root + "/run")
        try? units.boot(root)
    }

    // MARK: - What the test looks at

    /// The node's own folder, `$NODE_ROOT` of its scripts.
    package func root(of node: NodeName) -> String { folder + "/" + node.text }

    /// Whether a file is there on a node.
    package func has(_ file: String, on node: NodeName) -> Bool {
        FileManager.default.fileExists(atPath: root(of: node) + "/" + file)
    }

    /// The lines of a node's file, none where there is no file.
    package func lines(of file: String, on node: NodeName) -> [String] {
        let text = try? String(contentsOfFile: root(of: node) + "/" + file, encoding: .utf8)
        return (text ?? "").split(separator: "\n").map(String.init)
    }

    /// Makes an empty file on a node.
    package func touch(_ file: String, on node: NodeName) throws {
        try FileManager.default.createDirectory(atPath: root(of: node), withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: root(of: node) + "/" + file))
    }

    /// Takes a file away from a node.
    package func remove(_ file: String, on node: NodeName) throws {
        try FileManager.default.removeItem(atPath: root(of: node) + "/" + file)
    }

    /// Every command that arrived at a node, whether or not it was begun.
    package func commands(on node: NodeName) -> [Command] { state.withLock { $0.commands[node] ?? [] } }

    /// How often somebody tried to connect to a node.
    package func connects(to node: NodeName) -> Int { state.withLock { $0.connects[node] ?? 0 } }

    // MARK: - For connections

    /// Where a node finds how long it has been up: the machine's own clock, until the test sets another.
    func uptimeFile(of node: NodeName) -> String {
        let file = folder + "/uptime." + node.text
        return FileManager.default.fileExists(atPath: file) ? file : "/proc/uptime"
    }

    /// Notes a command and finds the fault that is planned for it.
    func admit(
        _ command: Command, to node: NodeName
    ) -> (fault: Fault?, arrival: Arrival?, beginning: Beginning?, ending: Ending?) {
        state.withLock { state in
            state.commands[node, default: []].append(command)
            let number = state.commands[node]?.count ?? 0
            let index = state.faults[node]?.firstIndex { trigger, _ in
                switch trigger {
                case .command(let wanted): wanted == number
                case .script(let text): command.script.contains(text)
                }
            }
            let fault = index.flatMap { state.faults[node]?.remove(at: $0).1 }
            return (fault, state.arrival, state.beginning, state.ending)
        }
    }
}
