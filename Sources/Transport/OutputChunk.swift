/// A piece of a running command's output, handed on as it arrives so that long work shows progress.
package struct OutputChunk: Sendable, Hashable {
    package enum Stream: Sendable, Hashable { case stdout, stderr }

    package var stream: Stream
    package var bytes: [UInt8]

    package init(stream: Stream, bytes: [UInt8]) {
        self.stream = stream
        self.bytes = bytes
    }
}
