/// The rules for names and addresses of hosts, in the words of error messages.
package enum HostName {
    /// Names that `on = …` of a runbook step gives another meaning.
    private static let reserved = ["all", "first", "active", "each", "none"]

    /// A host name or an IP address, without port, user or prefix.
    package static func address(_ text: String) throws(InvalidValue) -> String { try address(text, also: "") }

    /// - Parameter also: signs that may stand in a name besides those of host names.
    private static func address(_ text: String, also more: String) throws(InvalidValue) -> String {
        if text.contains("/") {
            throw InvalidValue("\"\(text)\" must be an address without a /prefix")
        }
        if text.contains(":") || text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }) {
            _ = try ip(text)
            return text
        }
        if let problem = problem(text, also: more) { throw InvalidValue("\"\(text)\" is no host name: \(problem)") }
        return text
    }

    /// A node's address: an IP address, or a name that DNS or ssh_config knows.
    ///
    /// ssh_config's names are not bound to the rules for host names: `db_1` is one, and so is `db1.example.com.`,
    /// whose dot at the end keeps resolvers from trying further domains.
    package static func alias(_ text: String) throws(InvalidValue) -> String {
        let isRooted = text.hasSuffix(".") && text.contains { $0.isLetter }
        _ = try address(isRooted ? String(text.dropLast()) : text, also: "_")
        return text
    }

    /// An IP address of one host.
    package static func ip(_ text: String) throws(InvalidValue) -> IPAddress {
        if text.contains("/") { throw InvalidValue("\"\(text)\" must be an address without a /prefix") }
        if let percent = text.firstIndex(of: "%"), IPAddress(String(text[..<percent]))?.isIPv6 == true {
            throw InvalidValue(
                "\"\(text)\" names an interface of one host, and the cluster uses an address on all of them; give an address "
                    + "that needs none, such as one of fd00::/8")
        }
        guard let address = IPAddress(text) else {
            let kind = text.contains(":") ? "IPv6" : "IPv4"
            let isName = text.contains { $0.isLetter } && !text.contains(":")
            throw InvalidValue("\"\(text)\" is no \(isName ? "IP" : kind) address")
        }
        guard address.isUnicast else { throw InvalidValue("\"\(text)\" is not the address of one host") }
        if address.isLinkLocal {
            throw InvalidValue(
                "\"\(text)\" is a link-local address: every interface has such ones, so it says nothing without one; give "
                    + "another address of the host, such as one of fd00::/8")
        }
        return address
    }

    /// An IP address that is the same after every boot.
    package static func fixed(_ text: String) throws(InvalidValue) -> IPAddress {
        let address = try ip(text)
        if let problem = problem(keeping: address) { throw InvalidValue("\"\(text)\" \(problem)") }
        return address
    }

    /// Why an address may be another one after a boot; nil where it is given for good.
    package static func problem(keeping address: IPAddress) -> String? {
        guard address.isSelfAssigned else { return nil }
        return
            "is a link-local address: hosts give such ones to themselves, and others at the next boot; give the interface "
            + "a fixed one, such as one of 10.0.0.0/8, and write that"
    }

    /// A corosync link: an IP address that other nodes can reach.
    package static func link(_ text: String) throws(InvalidValue) -> IPAddress {
        let address = try fixed(text)
        if address.isLoopback {
            throw InvalidValue("\"\(text)\" is a loopback address: the other nodes cannot reach this one through it")
        }
        return address
    }

    /// The name of a node, which corosync, pacemaker and runbooks use.
    package static func node(_ text: String) throws(InvalidValue) -> String {
        if let problem = problem(text) { throw InvalidValue("\"\(text)\" is no node name: \(problem)") }
        if reserved.contains(text) {
            throw InvalidValue("\"\(text)\" is no node name: runbooks give it another meaning")
        }
        return text
    }

    /// The name of a group of nodes.
    package static func group(_ text: String) throws(InvalidValue) -> String {
        if let problem = problem(text) { throw InvalidValue("\"\(text)\" is no group name: \(problem)") }
        if reserved.contains(text) {
            throw InvalidValue("\"\(text)\" is no group name: runbooks give it another meaning")
        }
        return text
    }

    /// What keeps a text from being a host name by RFC 1123.
    ///
    /// - Parameter more: signs that are allowed all the same.
    private static func problem(_ text: String, also more: String = "") -> String? {
        if text.isEmpty { return "it is empty" }
        if text.utf8.count > 253 { return "it is longer than 253 characters" }
        let allowed = { (c: Character) in
            c.isASCII && (c.isLetter || c.isNumber || c == "-" || c == "." || more.contains(c))
        }
        if let bad = text.first(where: { !allowed($0) }) {
            return "`\(bad)` is not a letter, a digit, `-` or `.`"
        }
        for label in text.split(separator: ".", omittingEmptySubsequences: false) {
            if label.isEmpty { return "a part between dots is empty" }
            if label.utf8.count > 63 { return "a part is longer than 63 characters" }
            if label.hasPrefix("-") || label.hasSuffix("-") { return "a part begins or ends with `-`" }
        }
        if text.allSatisfy({ $0.isNumber || $0 == "." }) { return "it has digits only" }
        return nil
    }
}
