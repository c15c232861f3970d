import Steps
import Transport

/// The options of corosync that decide who has quorum, and whether strangers can take part.
///
/// By the names of `corosync.conf`, whether they were read there or asked of the corosync that runs: the file may have
/// been changed since it started, and `wait_for_all` and `auto_tie_breaker` count from a start only.
package struct CorosyncOptions: Sendable, Hashable {
    /// `totem.token`, `quorum.two_node` and so on.
    package var values: [String: String] = [:]
    /// The votes of the nodes that have other than one.
    package var votes: [String: String] = [:]

    package subscript(key: String) -> String? { values[key] }

    private func isOn(_ key: String) -> Bool { values[key].map { $0 != "0" && $0 != "no" && $0 != "off" } ?? false }

    private var hasDevice: Bool { values["quorum.device.model"] != nil }

    /// What forbids harun to build on a cluster of so many nodes, each with what mends it; none where all is well.
    ///
    /// None of a cluster that `pcs cluster setup` made without options, nor of what ``remarks(wanted:)`` says.
    package func dangers(nodes: Int) -> [String] {
        var result: [String] = []
        if values["quorum.provider"] != "corosync_votequorum" {
            result.append(
                "nobody counts votes (`provider: corosync_votequorum` is missing), so both halves of a split go on")
        }
        let isTwo = isOn("quorum.two_node")
        if nodes == 2, !hasDevice, isOn("quorum.auto_tie_breaker") {
            result.append("with `auto_tie_breaker` the loss of one certain node stops everything; \(Self.mended)")
        } else if nodes == 2, !hasDevice, !isTwo {
            result.append(
                "without `two_node: 1` the node that is left has no quorum and takes nothing over; \(Self.mended)")
        }
        if isTwo, nodes != 2 || hasDevice {
            result.append(
                "`two_node: 1` gives quorum to a single node of \(hasDevice ? "a cluster with a device" : "\(nodes)")")
        }
        if isTwo, values["quorum.wait_for_all"] != nil, !isOn("quorum.wait_for_all") {
            result.append(
                "with `wait_for_all: 0` a node that boots alone fences the other at once, and both in turn; \(Self.mended)"
            )
        }
        if let votes = values["quorum.expected_votes"], !hasDevice, votes != "\(nodes)" {
            result.append(
                "`expected_votes: \(votes)` of \(nodes) nodes: the majority is counted wrongly; remove the line")
        }
        for (node, votes) in votes.sorted(by: { $0.key < $1.key }) {
            result.append("\(node) has \(votes) votes, and the others alone no majority; remove `quorum_votes`")
        }
        return result + openness
    }

    /// What is other than harun would have written it, and no danger: one half sentence each.
    ///
    /// - Parameter wanted: the options that harun would have written.
    package func remarks(wanted: Self) -> [String] {
        var result: [String] = []
        if let token = wanted["totem.token"], values["totem.token"] != token {
            let found = values["totem.token"].map { "`token` is \($0) ms" } ?? "`token` has corosync's default"
            result.append("\(found), and harun would have written \(token) ms")
        }
        if openness.isEmpty, (values["totem.crypto_cipher"] ?? "none") == "none", values["totem.secauth"] != "on" {
            result.append("without `crypto_cipher` whoever is on the network can read what the nodes say")
        }
        if isOn("quorum.last_man_standing") {
            result.append("with `last_man_standing` the majority shrinks with the nodes that are left")
        }
        return result
    }

    /// `pcs` sets `two_node` by itself as soon as nothing stands against it.
    private static let mended =
        "`pcs cluster stop --all && pcs quorum update auto_tie_breaker=0 wait_for_all=1 && pcs cluster start --all`"

    /// How strangers get in.
    private var openness: [String] {
        let transport = values["totem.transport"] ?? "knet"
        if transport != "knet" {
            return ["the transport \(transport) knows no encryption: whoever is on the network commands the nodes"]
        }
        let isSecure = values["totem.secauth"] == "on"
        let hash = values["totem.crypto_hash"] ?? (isSecure ? "sha256" : "none")
        if hash != "none" { return [] }
        return [
            "without `crypto_hash` whoever is on the network commands the nodes; "
                + "`pcs cluster config update crypto cipher=aes256 hash=sha256`"
        ]
    }
}

extension CorosyncOptions {
    /// Shell source that reports what the running corosync goes by; empty blobs where none runs.
    static let probe = """
        corosync-quorumtool -s 2>/dev/null | blob quorum
        corosync-cmapctl 2>/dev/null | grep -E '^(totem\\.[a-z_]+|quorum\\.device\\.model) ' | blob totem
        """

    /// Reads what the probe reported; nil where no corosync runs.
    init?(running observation: Observation) {
        guard let quorum = observation.facts["quorum"], let totem = observation.facts["totem"] else { return nil }
        for line in totem.split(whereSeparator: \.isNewline) {
            // totem.token (u32) = 5000
            guard let match = line.wholeMatch(of: #/([a-z_.]+) \(\w+\) = (.*)/#) else { continue }
            values[String(match.1)] = String(match.2)
        }
        var lines: [Substring: Substring] = [:]
        for line in quorum.split(whereSeparator: \.isNewline) {
            guard let colon = line.firstIndex(of: ":") else { continue }
            lines[line[..<colon]] = line[line.index(after: colon)...].drop { $0 == " " }
        }
        guard let flags = lines["Flags"]?.split(separator: " "), !values.isEmpty else { return nil }
        values["quorum.provider"] = lines["Quorum provider"].map(String.init)
        values["quorum.expected_votes"] = lines["Expected votes"].map(String.init)
        for (flag, key) in [
            ("2Node", "two_node"), ("WaitForAll", "wait_for_all"), ("AutoTieBreaker", "auto_tie_breaker"),
            ("LastManStanding", "last_man_standing"),
        ] {
            values["quorum.\(key)"] = flags.contains(Substring(flag)) ? "1" : "0"
        }
    }
}
