import ArgumentParser
import Execution
import Foundation
import Journaling
import Transport

/// The option about leases that every command has which writes to nodes, and what people are asked.
struct LeaseOptions: ParsableArguments {
    @Flag(help: "Take over other runs' leases on the nodes that are over; never one that is live.")
    var takeLease = false

    /// The leases of a run.
    ///
    /// Whoever calls holds the lock of the inventory, so that no other run of it is alive on this machine.
    func leases(for run: RunID, of inventory: String, _ journal: Journal) async throws(JournalError) -> Leases {
        let own = try await journal.runs(of: inventory, limit: 1000).map(\.id)
        let takeLease = takeLease
        return Leases(Lease(run: run), own: Set(own).union([run])) { holders in
            for holder in holders {
                Console.err(
                    "\(holder.node): \(holder.owner) took the lease for run \(holder.run) at \(holder.since); it has been "
                        + "over for \(-holder.left) s")
            }
            if takeLease { return true }
            guard Console.canAsk else { return false }
            return await Question("That run may have been killed in mid-step. Take its lease over?").isAnsweredYes()
        }
    }
}
