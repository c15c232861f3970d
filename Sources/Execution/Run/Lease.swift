import Foundation
package import Journaling
import Transport

/// One run's right to write to its nodes: a name, and a secret that no other process has.
///
/// Two operators on two machines do not see each other's inventory lock, so each node keeps one file
/// that says whose turn it is. See docs/decisions/0010-leases.md.
package struct Lease: Sendable, Hashable {
    package var run: RunID
    /// `user@host` of whoever runs harun.
    package var owner: String
    /// Random, and new for each process: a run that is resumed takes its lease from the process before it.
    package var token: String

    /// For how many seconds a lease is kept where nothing runs; far more than two steps are apart.
    static let seconds = 600

    /// A lease with a token of its own.
    package init(run: RunID, owner: String) {
        self.run = run
        self.owner = String(owner.map { $0.isWhitespace ? "-" : $0 })
        token =
            String(UInt64.random(in: .min ... .max), radix: 36) + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    /// A lease for a run of the user who runs this process, on this machine.
    package init(run: RunID) { self.init(run: run, owner: Self.here) }

    /// `user@host` of this process.
    package static var here: String { "\(NSUserName())@\(ProcessInfo.processInfo.hostName)" }
}
