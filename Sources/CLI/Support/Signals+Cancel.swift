import Foundation

extension Signals {
    /// Ctrl-C and its kin cancel a task: the first time in order, the second time at once.
    ///
    /// - Parameter prepare: called before the first message is printed.
    static func cancel<Value>(_ work: Task<Value, Never>, _ prepare: @escaping @Sendable () -> Void) {
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
                if work.isCancelled { exit(130) }
                prepare()
                Console.err("\nending the command on every node; once more to stop at once, and it may run on")
                work.cancel()
            }
        }
    }
}
