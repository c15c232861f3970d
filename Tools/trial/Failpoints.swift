import Foundation
import Journaling
import Synchronization
import TestSupport
import Transport

/// Counts every place where something can go wrong, and lets it go wrong at one of them.
final class Failpoints: Sendable {
    private let fault: Fault
    private let chosen: Int
    private let journal: String
    private let count = Atomic(0)

    /// - Parameters:
    ///   - chosen: the failpoint at which it happens, counted from 1; none where there are fewer.
    ///   - journal: the journal's path.
    init(_ fault: Fault, at chosen: Int, journal: String) {
        self.fault = fault
        self.chosen = chosen
        self.journal = journal
    }

    /// How many failpoints were passed so far.
    var passed: Int { count.load(ordering: .acquiring) }

    /// Whether this is the failpoint at which it happens.
    private func isHit() -> Bool { count.add(1, ordering: .acquiringAndReleasing).newValue == chosen }

    /// A write to the journal, on both sides of it.
    func write(_ moment: Journal.Moment) {
        switch fault {
        case .kill: if isHit() { Self.die() }
        case .full: if moment == .before, isHit() { fill() }
        case .crash, .cut: break
        }
    }

    /// A command on its way to a node.
    ///
    /// - Returns: the fault that the simulated node is to suffer.
    func send() -> SimulatedFleet.Fault? {
        switch fault {
        case .full: return nil
        case .kill:
            if isHit() { Self.die() }
            return nil
        case .crash: return isHit() ? .crashes : nil
        case .cut:
            var found: SimulatedFleet.Fault?
            for fault in [.lostBefore, .cut, .lostAfter] as [SimulatedFleet.Fault] where isHit() { found = fault }
            return found
        }
    }

    /// A command that runs on its node now, or whose reply is about to come.
    func running() {
        if fault == .kill, isHit() { Self.die() }
    }

    /// Ends this process as a power cut would: nothing is flushed, nobody is told.
    private static func die() {
        kill(getpid(), SIGKILL)
        while true { pause() }
    }

    /// Leaves no byte free on the disk that holds the journal.
    private func fill() {
        let file = open((journal as NSString).deletingLastPathComponent + "/filler", O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        for size in [4096, 1] {
            let block = [UInt8](repeating: 0, count: size)
            while Foundation.write(file, block, size) > 0 {}
        }
    }
}
