import Documents
package import Transport

/// `chap = { … }`: how the nodes prove to the target who they are.
package struct Chap: Hashable, Sendable {
    package var user: String
    package var password: SecretSource

    package init(user: String, password: SecretSource) {
        self.user = user
        self.password = password
    }
}

extension Chap {
    init?(_ reader: TableReader, in surroundings: Surroundings) {
        let user = reader.requiredString("user")
        var password: SecretSource? = .terminal
        if let value = reader.value("password") {
            password = SecretSource(value, key: "password", reader, in: surroundings)
        }
        guard let user, let password else { return nil }
        self.init(user: user, password: password)
    }
}
