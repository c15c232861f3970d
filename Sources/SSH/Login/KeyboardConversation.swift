import CLibSSH2
import Glibc
import Transport

/// The answers of a `keyboard-interactive` login, in which the server asks what it likes.
///
/// The password goes to the first question whose answer must not be seen, and to no other: the next may be for
/// a one-time code, or for a new password in place of an expired one. Those go to the operator. Confined to the
/// session's loop.
final class KeyboardConversation {
    /// What the server asks, in one piece of the conversation.
    struct Question: Equatable {
        var prompt: String
        var isVisible: Bool
    }

    private let user: String
    private let address: String
    private var password: String?
    private let prompt: SecretPrompt
    private let mayBlock: Bool

    /// The first question that nobody here could answer.
    private(set) var unanswered: Question?
    /// Whether the operator was asked, whose time does not count.
    private(set) var askedOperator = false

    /// - Parameters:
    ///   - password: for the first question whose answer must not be seen.
    ///   - mayBlock: whether the session has its loop for itself, which may then wait for the operator: libssh2
    ///     wants its answers at once.
    init(user: String, address: String, password: String?, prompt: SecretPrompt, mayBlock: Bool) {
        self.user = user
        self.address = address
        self.password = password
        self.prompt = prompt
        self.mayBlock = mayBlock
    }

    /// The answers to the questions; nil where one has none, which ends the login.
    func answers(to questions: [Question]) -> [String]? {
        var answers: [String] = []
        for question in questions {
            guard let answer = answer(to: question) else {
                if unanswered == nil { unanswered = question }
                return nil
            }
            answers.append(answer)
        }
        return answers
    }

    private func answer(to question: Question) -> String? {
        if !question.isVisible, let password {
            self.password = nil
            return password
        }
        guard mayBlock else { return nil }
        askedOperator = true
        return prompt.ask(
            .reply(prompt: question.prompt, isVisible: question.isVisible, user: user, address: address))
    }

    /// libssh2's way to ask; the session's pointer of ours is its wire.
    static let callback: harun_reply_fn = { _, _, _, _, count, prompts, responses, abstract in
        guard let pointer = abstract?.pointee else { return }
        let wire = Unmanaged<Wire>.fromOpaque(pointer).takeUnretainedValue()
        guard let conversation = wire.conversation, let prompts, let responses else {
            if count > 0 { wire.poison("the server asked for nothing") }
            return
        }
        let questions = (0..<Int(count)).map { index in
            let bytes = UnsafeRawBufferPointer(start: prompts[index].text, count: Int(prompts[index].length))
            let prompt = String(decoding: bytes, as: UTF8.self).safeForTerminal.drop { $0 == " " }
            return Question(
                prompt: String(prompt.reversed().drop { $0 == " " }.reversed()), isVisible: prompts[index].echo != 0)
        }
        guard let answers = conversation.answers(to: questions) else {
            // Nothing may be sent in place of the answer: an empty one would count as a wrong password.
            wire.poison("the server's question has no answer")
            return
        }
        for (index, answer) in answers.enumerated() {
            let length = answer.utf8.count
            // libssh2 frees it.
            guard let memory = malloc(length + 1) else { return }
            UnsafeMutableRawBufferPointer(start: memory, count: length).copyBytes(from: answer.utf8)
            responses[index].text = memory.assumingMemoryBound(to: CChar.self)
            responses[index].length = numericCast(length)
        }
    }
}
