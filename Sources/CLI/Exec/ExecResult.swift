import Transport

/// What came of a command on one node, as `harun exec` shows it.
struct ExecResult: Sendable {
    /// How it ended; the words are those of the JSON output.
    enum Ending: String, Encodable, Sendable, Hashable {
        /// The command is proved to have ended with a code.
        case exited
        /// The command's shell was ended by a signal.
        case signalled
        /// The time was up: the command's processes were killed.
        case timedOut = "timed-out"
        /// It printed more than harun keeps: the command's processes were killed, whatever they had done by then.
        case outputTooLong = "output-too-long"
        /// harun was stopped, and it is proved that nothing of the command's process group runs any more.
        case stopped
        /// harun was stopped before the command began.
        case cancelled
        /// Nobody can prove how it ended; it may still run.
        case unknown
        /// The node could not be reached or refused; the command did not begin.
        case unreachable
    }

    var node: NodeName
    var ending: Ending
    var code: UInt8?
    var signal: String?
    var stdout: [UInt8] = []
    var stderr: [UInt8] = []
    var seconds: Double
    /// Why, where the connection and not the command is to blame.
    var error: String?
    /// What to type next, for the same.
    var advice: String?

    /// Whether the command is proved to have ended with code 0.
    var isSuccess: Bool { ending == .exited && code == 0 }

    /// Whether it is proved how the command ended.
    var isProved: Bool {
        switch ending {
        case .unknown, .timedOut, .outputTooLong, .stopped: false
        case .exited, .signalled, .cancelled, .unreachable: true
        }
    }

    /// The ending in words.
    var summary: String {
        switch ending {
        case .exited: "exit code \(code ?? 0)"
        case .signalled: "ended by signal \(signal ?? "?")"
        case .timedOut: "timed out"
        case .outputTooLong: "printed too much"
        case .stopped: "stopped"
        case .cancelled: "not begun"
        case .unknown: "unknown: it may still run"
        case .unreachable: "not reached"
        }
    }

    /// - Parameters:
    ///   - result: what the node reported, nil where it never came to that.
    ///   - seconds: how long it took where the result does not say.
    init(_ node: NodeName, _ result: CommandResult, seconds: Double) {
        self.node = node
        self.seconds = seconds
        stdout = result.stdout
        stderr = result.stderr
        switch result.outcome {
        case .exited(let code): (ending, self.code) = (.exited, code)
        case .signalled(let name): (ending, signal) = (.signalled, name)
        case .unknown:
            ending = .unknown
            error = "the connection was lost before the command's end was proved; it may still run"
        }
    }

    /// - Parameters:
    ///   - hasBegun: whether the command was asked for before that.
    ///   - inventory: the inventory's path as the user wrote it.
    init(_ node: NodeName, _ error: TransportError, hasBegun: Bool, seconds: Double, inventory: String) {
        self.node = node
        self.seconds = seconds
        self.error = error.description
        switch error {
        case .timedOut("command", let limit):
            ending = .timedOut
            self.error = "no end after \(limit.components.seconds) s; its processes were killed"
            advice = "give it more time with --timeout, or look at what it waits for"
        case .mayStillRun(.timedOut("command", let limit)):
            ending = .unknown
            self.error = "no end after \(limit.components.seconds) s; it could not be killed and may still run"
            advice = error.advice(inventory: inventory)
        case .mayStillRun(.cancelled):
            ending = .unknown
            self.error =
                "harun was stopped; it is not proved that the command's processes were killed, they may still run"
            advice = error.advice(inventory: inventory)
        case .mayStillRun:
            ending = .unknown
            advice = error.advice(inventory: inventory)
        case .outputTooLong:
            ending = .outputTooLong
            advice = error.advice(inventory: inventory)
        case .cancelled where hasBegun:
            ending = .stopped
            self.error = "harun was stopped; nothing of the command's process group runs any more"
        case .cancelled:
            ending = .cancelled
            self.error = "harun was stopped before the command began"
        default:
            ending = .unreachable
            advice = error.advice(inventory: inventory)
        }
    }
}

extension ExecResult: Encodable {
    private enum Key: String, CodingKey {
        case node, outcome, code, signal, stdout, stderr, seconds, error, next
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(node.text, forKey: .node)
        try container.encode(ending, forKey: .outcome)
        try container.encodeIfPresent(code, forKey: .code)
        try container.encodeIfPresent(signal, forKey: .signal)
        try container.encode(String(decoding: stdout, as: UTF8.self), forKey: .stdout)
        try container.encode(String(decoding: stderr, as: UTF8.self), forKey: .stderr)
        try container.encode(seconds, forKey: .seconds)
        try container.encodeIfPresent(error, forKey: .error)
        try container.encodeIfPresent(advice, forKey: .next)
    }
}
