import Glibc
package import Transport

/// One connection that suffers a fault while it runs one command, and whether it told the truth about that.
///
/// The command marks its beginning and its end in a file, so a success that was none, and a command that ran
/// twice, are found out by looking at the node.
package struct FaultTrial: Sendable {
    /// What the connection said.
    package enum Report: Sendable, Hashable {
        case ended(Outcome)
        case failed(TransportError)
    }

    private let server: OpenSSHServer
    private let marker: String

    /// - Parameter name: of the marker; a trial's own.
    package init(_ server: OpenSSHServer, name: String) {
        self.server = server
        marker = server.directory.file(name)
    }

    /// Connects, runs the command, closes.
    package func run(_ connector: any Connector, timeout: Duration = .seconds(20)) async -> Report {
        do throws(TransportError) {
            let node = try await connector.connect(to: server.endpoint())
            let report: Report
            do throws(TransportError) {
                let command = Command(
                    "echo begun >>\(marker); echo out; echo err >&2; echo ended >>\(marker)", timeout: timeout)
                report = .ended(try await node.run(command, onOutput: nil).outcome)
            } catch {
                report = .failed(error)
            }
            await node.close()
            return report
        } catch {
            return .failed(error)
        }
    }

    /// What is untrue about a report, nil if nothing is; for a trial that is over.
    ///
    /// - Parameter mayTimeOut: whether the fault is one that can only be noticed by its silence.
    package func lie(in report: Report, mayTimeOut: Bool = false) -> String? {
        let marks = String(decoding: TemporaryDirectory.content(of: marker), as: UTF8.self)
        guard ["", "begun\n", "begun\nended\n"].contains(marks) else { return "the command ran twice: \(marks)" }
        switch report {
        case .ended(.exited(0)): return marks == "begun\nended\n" ? nil : "a success that was none: \(marks)"
        case .ended(.exited(let status)): return "a status that nobody set: \(status)"
        case .ended(.signalled(let name)): return "a signal that nobody sent: \(name)"
        case .ended(.unknown): return nil
        // Whoever believes that nothing began would do it once more.
        case .failed(let error) where marks != "" && !error.mayHaveBegun: return "it began in spite of: \(error)"
        case .failed(.timedOut(let phase, let limit)), .failed(.mayStillRun(.timedOut(let phase, let limit))):
            return mayTimeOut ? nil : "\(phase) hung for \(limit)"
        case .failed: return nil
        }
    }

    /// The open file descriptors of this process.
    package static var openDescriptors: Int {
        guard let folder = opendir("/proc/self/fd") else { return -1 }
        defer { closedir(folder) }
        var count = 0
        while readdir(folder) != nil { count += 1 }
        // Less ".", ".." and the folder's own.
        return count - 3
    }
}
