/// How long a transfer may take.
enum TransferLimit {
    /// Bytes a second that even a slow line carries.
    private static let slowestRate = 256 * 1024

    /// A minute, and what a slow line needs for the bytes.
    static func whole(_ bytes: Int) -> Duration { .seconds(60 + bytes / slowestRate) }
}
