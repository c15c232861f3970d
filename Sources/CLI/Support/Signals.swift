import Execution
import Foundation

/// Ctrl-C and its kin: the first asks the run to stop after the steps in flight, the second cuts.
enum Signals {
    /// Starts to watch SIGINT, SIGTERM and SIGHUP for the rest of the process's life.
    ///
    /// The signals are blocked in every thread made after this call and taken by one thread of their
    /// own, so no code ever runs in a signal handler.
    ///
    /// - Parameter cut: called on the second signal.
    static func watch(_ interruption: Interruption, cut: @escaping @Sendable () -> Void) {
        var set = sigset_t()
        sigemptyset(&set)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&set, number) }
        pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
        let signals = set
        Thread.detachNewThread {
            var waited = signals
            var number: Int32 = 0
            while sigwait(&waited, &number) == 0 {
                if interruption.isRequested {
                    Console.err("\nstopping at once; look at the nodes with: harun runs")
                    cut()
                } else {
                    Console.err("\nstopping after the steps in flight; once more to stop at once")
                    interruption.request()
                }
            }
        }
    }
}
