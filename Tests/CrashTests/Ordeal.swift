import Foundation
import Journaling
import Planning
import TestSupport
import Transport

/// Simulated nodes and a journal that outlive the processes which work on them.
final class Ordeal: Sendable {
    /// How a process that ran the engine ended.
    enum Ending: Equatable {
        case killed
        /// It came to its end: the run's result in words, and how many failpoints it passed.
        case ended(String, passed: Int)
        /// Neither; what it printed.
        case broken(String)
    }

    /// Something runs on a node long after everybody who could have started it is gone.
    struct Busy: Error { let root: String }

    private static let nodes = ["n1", "n2"]

    private let folder: TemporaryDirectory
    private let journalFolder: String
    private let isFailing: Bool

    /// - Parameters:
    ///   - isFailing: whether the runbook's last stage fails and is taken back.
    ///   - journalFolder: where the journal is, in the ordeal's own folder where nothing is said.
    init(isFailing: Bool = false, journalFolder: String? = nil) throws {
        folder = try TemporaryDirectory()
        self.journalFolder = journalFolder ?? folder.file("journal")
        self.isFailing = isFailing
    }

    private var journal: String { journalFolder + "/runs.sqlite" }

    /// Runs the engine in a process of its own.
    ///
    /// - Parameters:
    ///   - fault: what goes wrong, as `trial` names it.
    ///   - point: at which failpoint, 0 for none.
    func run(_ fault: String = "kill", at point: Int = 0) async throws -> Ending {
        let log = folder.file("log-\(UUID().uuidString)")
        let arguments =
            [Self.program, "crash", "--nodes", folder.file("nodes"), "--journal", journal, "--fault", fault]
            + ["--at", "\(point)"] + (isFailing ? ["--failing"] : [])
        let process = try ChildProcess(arguments, log: log)
        let status = await withCheckedContinuation { continuation in
            Thread.detachNewThread { continuation.resume(returning: process.wait()) }
        }
        if status == 128 + SIGKILL { return .killed }
        let text = String(decoding: TemporaryDirectory.content(of: log), as: UTF8.self)
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard status == 0, let passed = words.last.flatMap({ Int($0) }) else {
            return .broken("status \(status): \(text)")
        }
        return .ended(words.dropLast().joined(separator: " "), passed: passed)
    }

    /// Every file of the nodes and of the disk that they share, with its content, once nothing runs there any more.
    ///
    /// What harun keeps for itself on a node is left out, since it is named after runs, and so is the boot's id.
    func files() async throws -> [String: String] {
        let root = folder.file("nodes")
        let deadline = ContinuousClock.now + .seconds(120)
        while Self.nodes.contains(where: { !SimulatedProcesses.processes(of: "\(root)/\($0)").isEmpty }) {
            if ContinuousClock.now > deadline { throw Busy(root: root) }
            try await Task.sleep(for: .milliseconds(5))
        }
        var files: [String: String] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: root) ?? .init() {
            let first = path.split(separator: "/").first.map(String.init) ?? ""
            guard (Self.nodes + ["shared"]).contains(first), !path.contains("/var/lib/harun"),
                !path.contains("/run/harun"), !path.hasSuffix("/boot_id")
            else { continue }
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isFolder) else { continue }
            if isFolder.boolValue { continue }
            files[path] = String(decoding: TemporaryDirectory.content(of: root + "/" + path), as: UTF8.self)
        }
        return files
    }

    /// Does by hand what a step that must not run twice was to do, where a node lost its power between the beginning of
    /// that step and its end: nobody but an operator can tell then, and harun rightly asks for one.
    ///
    /// - Returns: whether there was such a step.
    func answer() throws -> Bool {
        let root = folder.file("nodes")
        if try begun("disk.format", on: "n1"), try add("\(root)/shared/disk") { return true }
        for node in Self.nodes where try begun("base.pay", on: node) {
            _ = try add("\(root)/\(node)/paid")
            if try add("\(root)/\(node)/receipt") { return true }
        }
        return false
    }

    /// Whether an attempt of a step began on a node, by the node's own record.
    private func begun(_ step: String, on node: String) throws -> Bool {
        let runs = folder.file("nodes") + "/\(node)/var/lib/harun/runs"
        let paths = FileManager.default.enumerator(atPath: runs)?.compactMap { $0 as? String } ?? []
        return paths.contains { path in
            let name = path.split(separator: "/").last ?? ""
            guard path.contains(step), name == "begun" || name.contains(".begun.") else {
                return false
            }
            let record = TemporaryDirectory.content(of: "\(runs)/\(path)")
            return !record.isEmpty && !record.starts(with: Array("never".utf8))
        }
    }

    /// Makes the file that one run of a step leaves, where it is not there.
    private func add(_ file: String) throws -> Bool {
        if FileManager.default.fileExists(atPath: file) { return false }
        try FileManager.default.createDirectory(
            atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        return FileManager.default.createFile(atPath: file, contents: Data("x\n".utf8))
    }

    /// What is wrong with the journal after the last run: unreadable, or intents whose end nobody knows.
    func flaws() async throws -> [String] {
        let journal = try Journal(path: journal)
        guard let last = try await journal.runs().first else { return ["no run in the journal"] }
        let state = RunState(try await journal.events(of: last.id))
        var flaws = state.open.map { "the intent of \($0.step) on \($0.node) is open" }
        if state.result == nil { flaws.append("run \(last.id) has no end") }
        return flaws
    }

    /// The program beside the tests.
    private static var program: String {
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/trial"
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return Bundle(for: Ordeal.self).bundleURL.deletingLastPathComponent().path + "/trial"
    }
}
