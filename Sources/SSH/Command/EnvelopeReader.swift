import Transport

/// Both streams of a command in its envelope, and what they prove.
struct EnvelopeReader: Sendable {
    private var stdout: EnvelopeStream
    private var stderr: EnvelopeStream

    init(nonce: EnvelopeNonce) {
        stdout = EnvelopeStream(nonce: nonce)
        stderr = EnvelopeStream(nonce: nonce)
    }

    /// The remote shell's process id, once it reported it.
    var pid: Int? { stderr.opening ?? stdout.opening }

    /// Whether the script ended and all of its output is here.
    ///
    /// Both streams must say so: sshd reads two pipes and may send the end of one before the rest of the
    /// other. Nothing more is waited for, since a background child may hold the channel open for ever.
    var isComplete: Bool { stdout.closing != nil && stderr.closing != nil }

    /// Whether the wrapper of `sudo` says that it could not write the script down, so that nothing of it ran.
    ///
    /// No script ends with that number, and only the wrapper knows the nonce before a script runs.
    var wasNotRecorded: Bool { stdout.closing == Self.notRecorded && stderr.closing == Self.notRecorded }

    private static let notRecorded = 1000

    /// Takes more bytes of one stream and answers the command's own among them.
    mutating func consume(_ bytes: UnsafeRawBufferPointer, of stream: OutputChunk.Stream) -> [UInt8] {
        switch stream {
        case .stdout: stdout.consume(bytes)
        case .stderr: stderr.consume(bytes)
        }
    }

    /// Answers what was held back, once nothing more can come.
    mutating func finish(_ stream: OutputChunk.Stream) -> [UInt8] {
        switch stream {
        case .stdout: stdout.finish()
        case .stderr: stderr.finish()
        }
    }

    /// What the remote side printed before the script began: why it did not begin, where it did not.
    var preamble: String {
        String(decoding: stderr.preamble + stdout.preamble, as: UTF8.self)
    }

    /// How the command ended, as far as it is proved.
    ///
    /// - Parameter signal: the signal that the server reported, without its `SIG` prefix.
    func outcome(signal: String?) -> Outcome {
        if let status = stdout.closing, status == stderr.closing, let status = UInt8(exactly: status) {
            return .exited(status)
        }
        return signal.map { .signalled($0) } ?? .unknown
    }
}
