/// Faults a test asks a ``Wire`` to commit, at exact byte counts and without a network.
///
/// The callbacks are the only place where bytes pass, so a cut here is indistinguishable from a cut cable.
package struct WireFaults: Sendable, Hashable {
    /// The connection is reset once exactly this many bytes came in.
    package var cutAfterBytesIn: Int?
    /// The connection is reset once exactly this many bytes went out.
    package var cutAfterBytesOut: Int?
    /// Nothing comes in any more once this many bytes did, while what goes out still arrives.
    package var silentAfterBytesIn: Int?
    /// The byte of this number, from 0, arrives with a bit turned over.
    package var corruptByteIn: Int?
    /// `SO_SNDBUF` of the socket.
    package var sendBufferBytes: CInt?
    /// Seed of a socket that gives and takes one byte, some bytes or nothing at a time, as it likes.
    package var stutter: UInt64?

    package init() {}
}
