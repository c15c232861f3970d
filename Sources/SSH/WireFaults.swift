/// Faults a test asks a ``Wire`` to commit, at exact byte counts and without a network.
///
/// The callbacks are the only place where bytes pass, so a cut here is indistinguishable from a cut cable.
package struct WireFaults: Sendable, Hashable {
    /// The connection is reset once this many bytes came in.
    package var cutAfterBytesIn: Int?
    /// The connection is reset once this many bytes went out.
    package var cutAfterBytesOut: Int?
    /// `SO_SNDBUF` of the socket.
    package var sendBufferBytes: CInt?

    package init() {}
}
