/// Faults a test asks a ``Wire`` to commit, at exact byte counts and without a network.
///
/// The callbacks are the only place where bytes pass, so a cut here is indistinguishable from a cut cable.
package struct WireFaults: Sendable, Hashable {
    /// The connection is reset once this many bytes came in.
    package var cutAfterBytesIn: Int?
    /// The connection is reset once this many bytes went out.
    package var cutAfterBytesOut: Int?
    /// At most this many bytes are received by one call.
    package var largestReceive: Int?
    /// At most this many bytes are handed to the kernel by one call.
    package var largestSend: Int?
    /// `SO_SNDBUF` of the socket.
    package var sendBufferBytes: CInt?

    package init() {}
}
