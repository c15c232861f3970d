import ArgumentParser
import Execution

extension OnFailure: ExpressibleByArgument {
    /// - Throws: an exit where somebody would have to be asked and nobody is there.
    func validate() throws {
        if self == .ask, !Console.canAsk {
            throw Console.failure(
                "--on-failure ask needs a terminal to ask on", next: "say --on-failure rollback or --on-failure stop",
                .usage)
        }
    }
}
