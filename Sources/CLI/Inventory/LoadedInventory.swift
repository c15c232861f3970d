import ArgumentParser
import Documents
import Execution
import Foundation
import Inventory
import Planning
import Runbooks
import SSH

/// An inventory as a command gets it: read, checked, and with its absolute path.
struct LoadedInventory {
    let fleet: Fleet
    /// As the user wrote it, for messages.
    let path: String
    /// Where its relative paths begin.
    let absolutePath: String
    /// What the journal and the locks know it by: one file by two names is one inventory.
    let key: String

    /// An inventory that was read before.
    ///
    /// - Parameters:
    ///   - path: its absolute path.
    ///   - key: what the journal knows it by.
    init(_ fleet: Fleet, path: String, key: String) {
        self.fleet = fleet
        self.path = path
        self.key = key
        absolutePath = path
    }

    /// The absolute path of an inventory's file without any link in it.
    static func key(of path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }

    /// Connections to the nodes of a plan, none of them open yet.
    func connections(to plan: Plan) -> Connections {
        let names = Set(plan.nodes)
        return Connections(
            fleet.nodes.filter { names.contains($0.name) }.map { $0.endpoint() }, connector: SSHConnector.forConsole(),
            log: ConsoleLog.logger)
    }

    /// Reads the file.
    ///
    /// - Parameter output: in which form what is wrong is printed: as JSON it is a result, on standard output.
    /// - Throws: an exit with code 65 after printing everything that is wrong with it.
    init(_ path: String, _ output: OutputFormat = .plain) throws {
        self.path = path
        absolutePath = URL(fileURLWithPath: path).standardizedFileURL.path
        key = Self.key(of: absolutePath)
        do throws(InventoryError) {
            fleet = try Fleet.load(path: path)
        } catch {
            if output == .json {
                Console.out(InventoryReport(path, error).json)
                throw ExitCode.badInput
            }
            Console.err(error.description)
            if case .unreadable = error {
                Console.err("next:  harun init \(path)")
            } else {
                Console.err("next:  mend the file, then: harun check \(path)")
            }
            throw ExitCode.badInput
        }
        for note in fleet.notes { Console.err("note: \(note.location.file):\(note.location.line): \(note.message)") }
    }

    /// What a run of this inventory is made of, for the journal.
    func source(_ runbook: Runbook, from: String? = nil, to: String? = nil, limit: String? = nil) -> PlanSource {
        PlanSource(
            inventory: absolutePath, inventoryText: fleet.sourceText,
            runbook: URL(fileURLWithPath: runbook.file).standardizedFileURL.path, runbookText: runbook.source,
            from: from, to: to, limit: limit)
    }

    /// The part of a plan that the options of a run ask for.
    ///
    /// - Throws: an exit with code 64 where it cannot be limited so.
    func narrow(_ plan: Plan, _ source: PlanSource) throws -> Plan {
        let narrowed = plan.narrowed(from: source.from, to: source.to)
        guard let limit = source.limit else { return narrowed }
        do throws(PlanSourceError) {
            return try narrowed.limited(to: limit, of: fleet)
        } catch {
            throw Console.failure("\(error)", next: "leave --limit out, or choose a stage with --only", .usage)
        }
    }

    /// The plan of a runbook for this inventory.
    ///
    /// - Parameter output: as for the reading.
    /// - Throws: an exit with code 65 after printing everything that does not go together.
    func plan(_ runbook: Runbook, _ output: OutputFormat = .plain) throws -> Plan {
        do throws(DiagnosticError) {
            if runbook.requires.contains("cluster") { try fleet.requireCluster() }
            let missing = runbook.requires.filter { !fleet.has(section: $0) }
            if !missing.isEmpty {
                throw DiagnosticError(
                    missing.map { section in
                        Diagnostic(
                            "the runbook \(runbook.name) needs a [\(section)] section",
                            at: SourceLocation(file: path, line: 1, column: 1))
                    })
            }
            return try Planner.plan(runbook, for: fleet)
        } catch {
            if output == .json {
                Console.out(InventoryReport(path, .invalid(error)).json)
            } else {
                Console.err(error.description)
            }
            throw ExitCode.badInput
        }
    }
}
