import Transport

/// Counts the bytes of a transfer and tells about them now and then.
struct ProgressMeter {
    /// Bytes that are there, those of an earlier try included.
    private(set) var bytes: Int
    private let total: Int
    private let resumed: Int
    private let step: Int
    private let report: (@Sendable (TransferProgress) -> Void)?
    private var reported: Int

    init(total: Int, resumed: Int, step: Int, _ report: (@Sendable (TransferProgress) -> Void)?) {
        bytes = resumed
        reported = resumed
        self.total = total
        self.resumed = resumed
        self.step = step
        self.report = report
    }

    /// Counts bytes that arrived.
    mutating func add(_ count: Int) {
        bytes += count
        guard let report, bytes - reported >= step || bytes == total else { return }
        reported = bytes
        report(TransferProgress(bytes: bytes, total: total, resumed: resumed))
    }
}
