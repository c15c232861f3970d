/// How far a file has come on its way to or from a node.
package struct TransferProgress: Sendable, Hashable {
    /// Bytes that the other side has, those of an earlier try included.
    package var bytes: Int
    /// Bytes of the whole file.
    package var total: Int
    /// Bytes that an earlier try had left there and that proved to be the file's beginning.
    package var resumed: Int

    package init(bytes: Int, total: Int, resumed: Int = 0) {
        self.bytes = bytes
        self.total = total
        self.resumed = resumed
    }
}
