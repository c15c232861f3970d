import Transport

/// A command on its channel: what is still to be sent, and what came back.
///
/// Confined to the session's loop.
final class RunningCommand {
    /// What is kept of both outputs together, in bytes: one node's endless loop must not take all memory.
    static let outputLimit = 64 << 20

    let envelope: CommandEnvelope
    let input: [UInt8]
    let onOutput: (@Sendable (OutputChunk) -> Void)?
    private let keepsOutput: Bool
    var reader: EnvelopeReader
    /// The channel, from its open to its release.
    var channel: OpaquePointer?
    var bytesSent = 0
    /// Of both streams, the reports among them.
    private(set) var bytesReceived = 0
    var inputIsOver = false
    /// When the remote shell should have reported; its input ends then, so that nothing begins any more.
    var lastStart: ContinuousClock.Instant?
    /// The signal that ended the remote shell, if the server named one.
    var signal: String?
    /// The status that the server named at the channel's end; 0 where it named none (libssh2 fact 6).
    var status: CInt = 0
    /// The command printed more than ``outputLimit``; the rest is dropped.
    private var isTooLong = false
    private var saidTooLong = false
    private(set) var stdout: [UInt8] = []
    private(set) var stderr: [UInt8] = []
    /// What came first on standard error, kept in any case: the wrapper's words, where it refuses.
    private var stderrHead: [UInt8] = []

    init(
        _ script: String, input: [UInt8] = [], sudo: SudoWay?, keepsOutput: Bool = true,
        onOutput: (@Sendable (OutputChunk) -> Void)? = nil
    ) {
        self.keepsOutput = keepsOutput
        let nonce = EnvelopeNonce()
        envelope = CommandEnvelope(script: script, sudo: sudo, nonce: nonce)
        self.input = envelope.inputPrefix + input
        self.onOutput = onOutput
        reader = EnvelopeReader(nonce: nonce)
    }

    /// Takes bytes of one stream, and hands on what belongs to the command.
    func receive(_ bytes: UnsafeRawBufferPointer, of stream: OutputChunk.Stream) {
        bytesReceived += bytes.count
        keep(reader.consume(bytes, of: stream), of: stream)
    }

    /// Whether the script was allowed to begin: from here on it may have run.
    var wasToldToBegin: Bool { bytesSent > 0 }

    /// What the command left; call it once nothing more can come.
    func result(since started: ContinuousClock.Instant) -> CommandResult {
        keep(reader.finish(.stdout), of: .stdout)
        keep(reader.finish(.stderr), of: .stderr)
        return CommandResult(
            outcome: reader.outcome(signal: signal), stdout: stdout, stderr: stderr,
            duration: ContinuousClock.now - started)
    }

    /// What the remote side said in place of the script's report, in lines; call it once nothing more can come.
    func wordsInstead() -> [String] {
        _ = reader.finish(.stdout)
        _ = reader.finish(.stderr)
        return reader.preamble.split { $0.isNewline }.map { String($0).safeForTerminal }.filter { line in
            line.contains { !$0.isWhitespace }
        }
    }

    /// What came first on standard error, in one line.
    var firstErrors: String {
        String(decoding: stderrHead, as: UTF8.self).split { $0.isNewline }.map { String($0).safeForTerminal }
            .joined(separator: "; ")
    }

    /// Throws once when the command printed too much; it is killed then, and its end still awaited.
    func checkLength() throws(TransportError) {
        guard isTooLong, !saidTooLong else { return }
        saidTooLong = true
        throw .outputTooLong(limitBytes: Self.outputLimit)
    }

    private func keep(_ bytes: [UInt8], of stream: OutputChunk.Stream) {
        guard !bytes.isEmpty, !isTooLong else { return }
        if stream == .stderr, stderrHead.count < 1024 { stderrHead += bytes.prefix(1024 - stderrHead.count) }
        if stdout.count + stderr.count + bytes.count > Self.outputLimit { isTooLong = true }
        switch stream {
        case _ where !keepsOutput: break
        case .stdout: stdout.append(contentsOf: bytes)
        case .stderr: stderr.append(contentsOf: bytes)
        }
        onOutput?(OutputChunk(stream: stream, bytes: bytes))
    }

    /// What went over the line for it, for the log: how much, and none of it.
    func traffic(_ purpose: Purpose, since started: ContinuousClock.Instant) -> String {
        """
        \(purpose): \(envelope.request.utf8.count + bytesSent) bytes sent, \(bytesReceived) received, \
        \((ContinuousClock.now - started).brief)
        """
    }
}
