package import Transport

/// Asks hosts for their keys without logging in, for a person to compare and pin.
///
/// What it answers proves nothing about who the host is; only the comparison does.
package struct HostKeyScan: Sendable {
    private let deadlines: Deadlines

    package init(deadlines: Deadlines = Deadlines()) { self.deadlines = deadlines }

    /// The key that a host shows.
    ///
    /// - Parameter types: key types to ask for first, best first.
    package func key(
        of host: String, port: UInt16 = 22, preferring types: [String] = ["ssh-ed25519"]
    ) async throws(TransportError) -> HostKey {
        try await SSHEngine.shared.withNewSession(
            to: host, port: port, preferring: types, deadlines: deadlines, faults: WireFaults()
        ) { session, key throws(TransportError) in
            await session.close()
            return key
        }
    }
}
