import CLibSSH2

/// Takes the envelope's two reports out of one output stream, however the bytes are cut into pieces.
///
/// Everything between the reports is handed on unchanged. What comes before the first (a login shell's
/// start-up file that prints) and after the second (a background child) is not the command's output.
struct EnvelopeStream: Sendable {
    /// The number in the first report: the process id of the remote shell.
    private(set) var opening: Int?
    /// The number in the last report: the script's exit status.
    private(set) var closing: Int?
    /// What came before the first report, for error messages; at most 4 KiB of it.
    private(set) var preamble: [UInt8] = []

    private let mark: [UInt8]
    private var pending: [UInt8] = []

    init(nonce: EnvelopeNonce) { mark = Array((nonce.text + ":").utf8) }

    /// Takes more bytes and answers the output that is certain by now.
    mutating func consume(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        guard closing == nil else { return [] }
        pending.append(contentsOf: bytes)
        var output: [UInt8] = []
        while closing == nil {
            guard let start = position(of: mark, in: pending) else {
                release(pending.count - suffixThatMayBegin(mark, pending), into: &output)
                break
            }
            release(start, into: &output)
            let digits = pending.dropFirst(mark.count).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            let end = mark.count + digits.count
            if end == pending.count, digits.count < 12 { break }
            if !digits.isEmpty, digits.count < 12, pending[end] == UInt8(ascii: "\n") {
                report(digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
                pending.removeFirst(end + 1)
            } else {
                release(1, into: &output)
            }
        }
        return output
    }

    /// Answers what was held back as the possible beginning of a report that now cannot come.
    mutating func finish() -> [UInt8] {
        var output: [UInt8] = []
        if closing == nil { release(pending.count, into: &output) }
        return output
    }

    private mutating func report(_ number: Int) {
        if opening == nil { opening = number } else { closing = number }
    }

    private mutating func release(_ count: Int, into output: inout [UInt8]) {
        guard count > 0 else { return }
        if opening == nil {
            preamble.append(contentsOf: pending.prefix(min(count, max(0, 4096 - preamble.count))))
        } else {
            output.append(contentsOf: pending.prefix(count))
        }
        pending.removeFirst(count)
    }

    private func position(of mark: [UInt8], in bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBytes { bytes -> Int? in
            mark.withUnsafeBytes { mark -> Int? in
                guard let start = bytes.baseAddress, let word = mark.baseAddress else { return nil }
                return memmem(start, bytes.count, word, mark.count).map { UnsafeRawPointer($0) - start }
            }
        }
    }

    private func suffixThatMayBegin(_ mark: [UInt8], _ bytes: [UInt8]) -> Int {
        var length = min(mark.count - 1, bytes.count)
        while length > 0, !bytes.suffix(length).elementsEqual(mark.prefix(length)) { length -= 1 }
        return length
    }
}
