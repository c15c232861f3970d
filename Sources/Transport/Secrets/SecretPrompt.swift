/// How the operator is asked for a secret; the command line has a terminal for it, tests have a list of answers.
package struct SecretPrompt: Sendable {
    /// Where nobody can be asked.
    package static let nobody = SecretPrompt(isAvailable: false) { _ in nil }

    /// Whether there is somebody to ask.
    package let isAvailable: Bool
    private let answer: @Sendable (SecretQuestion) -> String?

    /// - Parameter answer: asks and waits, blocking its thread; nil where the operator gives up.
    package init(isAvailable: Bool = true, _ answer: @escaping @Sendable (SecretQuestion) -> String?) {
        self.isAvailable = isAvailable
        self.answer = answer
    }

    /// Asks and waits for the answer, blocking the thread; nil where nobody answers.
    package func ask(_ question: SecretQuestion) -> String? { isAvailable ? answer(question) : nil }
}
