import ArgumentParser
import Planning

/// The options of step mode, for every command that carries a plan out.
struct StepOptions: ParsableArguments {
    @Flag(help: "Show each step before it is done, and ask.") var step = false
    @Option(help: ArgumentHelp("With --step: answers from a file instead of a terminal.", valueName: "file"))
    var answers: String?

    func validate() throws {
        if answers != nil, !step { throw ValidationError("--answers goes with --step") }
    }

    /// Who decides about each step; nil where nobody wants to be asked.
    ///
    /// - Throws: an exit where nobody can be asked, or the file of answers is wrong.
    func mode(for plan: Plan) throws -> StepMode? {
        guard step else { return nil }
        if let answers { return .answered(try StepAnswers(file: answers, plan: plan)) }
        guard Console.canAsk else {
            throw Console.failure(
                "--step asks before each step, and there is no terminal to ask on",
                next: "write a line `STAGE/STEP run` for each step into a file, then add: --answers FILE", .usage)
        }
        return .asked
    }
}
