import Synchronization
import Testing
import Transport

@testable import SSH

@Suite("a server's questions")
struct KeyboardConversationTests {
    private func conversation(
        password: String?, mayBlock: Bool, _ answer: @escaping @Sendable (SecretQuestion) -> String? = { _ in nil }
    ) -> KeyboardConversation {
        KeyboardConversation(
            user: "ada", address: "nodo1", password: password, prompt: SecretPrompt(answer), mayBlock: mayBlock)
    }

    private let hidden = KeyboardConversation.Question(prompt: "Password:", isVisible: false)
    private let code = KeyboardConversation.Question(prompt: "Code:", isVisible: true)
    private let new = KeyboardConversation.Question(prompt: "New password:", isVisible: false)

    @Test("the password goes to the first question whose answer is hidden, and to no other")
    func passwordOnce() {
        let conversation = conversation(password: "secret", mayBlock: false)
        #expect(conversation.answers(to: [hidden]) == ["secret"])
        #expect(conversation.answers(to: [new]) == nil)
        #expect(conversation.unanswered == new)
    }

    @Test("a question whose answer is seen never gets the password")
    func visible() {
        let conversation = conversation(password: "secret", mayBlock: false)
        #expect(conversation.answers(to: [code]) == nil)
        #expect(conversation.unanswered == code)
        #expect(!conversation.askedOperator)
    }

    @Test("the operator gets the server's words, and whether the answer may be seen")
    func operator_() {
        let asked = Mutex<[SecretQuestion]>([])
        let conversation = conversation(password: "secret", mayBlock: true) { question in
            asked.withLock { $0.append(question) }
            return "123456"
        }
        #expect(conversation.answers(to: [hidden, code]) == ["secret", "123456"])
        #expect(
            asked.withLock { $0 } == [.reply(prompt: "Code:", isVisible: true, user: "ada", address: "nodo1")])
        #expect(conversation.answers(to: []) == [])
    }
}
