/// What a transfer has proved of a file.
package struct TransferredFile: Sendable, Hashable {
    /// Bytes of the whole file.
    package var bytes: Int
    /// The checksum that both sides have, in hexadecimal; nil where nobody summed it up.
    package var sha256: String?
    /// Bytes that an earlier try had left there and that proved to be the file's beginning.
    package var resumed: Int

    package init(bytes: Int, sha256: String?, resumed: Int = 0) {
        self.bytes = bytes
        self.sha256 = sha256
        self.resumed = resumed
    }
}
