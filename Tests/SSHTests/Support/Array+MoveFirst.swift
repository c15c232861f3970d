extension [UInt8] {
    /// Moves as many bytes as there are, but no more than asked for, from the front to a buffer; their number.
    mutating func moveFirst(_ count: Int, to buffer: UnsafeMutableRawPointer) -> Int {
        let taken = Swift.min(count, self.count)
        withUnsafeBytes { buffer.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(buffer), byteCount: taken) }
        removeFirst(taken)
        return taken
    }
}
