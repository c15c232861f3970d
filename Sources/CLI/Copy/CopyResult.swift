import SSH
import Transport

/// What came of a copy to or from one node, as `harun copy` shows it.
struct CopyResult: Sendable {
    /// How it ended; the words are those of the JSON output.
    enum Ending: String, Encodable, Sendable, Hashable {
        /// The file has its name, and its checksum is proved.
        case copied
        /// The node or this machine refused; nothing of it is left.
        case failed
        /// The connection was lost, or the time was up: the file is the old one or the whole new one.
        case cut
        /// harun was stopped in its middle: the file is the old one or the whole new one.
        case stopped
        /// harun was stopped before it began.
        case cancelled
        /// The node could not be reached, or lets nothing run.
        case unreachable
    }

    var node: NodeName
    var ending: Ending
    /// Where the file is on the node.
    var path: String
    /// Where it is on this machine.
    var file: String
    /// What is proved of it.
    var proved: TransferredFile?
    var seconds: Double
    var error: String?
    /// What to type next.
    var advice: String?

    /// Whether the same command again is all there is to do.
    var isRepeatable: Bool { [.cut, .stopped, .cancelled].contains(ending) }

    /// The ending in words.
    var summary: String {
        switch ending {
        case .copied, .failed, .cut, .stopped: ending.rawValue
        case .cancelled: "not begun"
        case .unreachable: "not reached"
        }
    }

    private init(_ node: NodeName, _ ending: Ending, _ request: CopyRequest, seconds: Double) {
        (self.node, self.ending, self.seconds) = (node, ending, seconds)
        path = request.path.text
        file = request.file(of: node)
    }

    init(_ node: NodeName, _ proved: TransferredFile, _ request: CopyRequest, seconds: Double) {
        self.init(node, .copied, request, seconds: seconds)
        self.proved = proved
    }

    /// - Parameter hasBegun: whether the node was connected before that.
    init(_ node: NodeName, _ error: TransportError, _ request: CopyRequest, hasBegun: Bool, seconds: Double) {
        self.init(node, Self.ending(error, hasBegun: hasBegun), request, seconds: seconds)
        switch ending {
        case .copied: break
        case .failed:
            self.error = error.description
            if case .uploadFailed(_, let reason) = error {
                advice = CopyAdvice(request: request, node: node).next(reason)
            }
            if case .downloadFailed(_, let reason) = error {
                advice = CopyAdvice(request: request, node: node).next(reason)
            }
        case .cut, .stopped:
            self.error = "\(error.withoutCancelling ?? "harun was stopped"); \(rest(request))"
            advice = request.line(on: [node])
        case .cancelled:
            self.error = "harun was stopped before the copy began"
            advice = request.line(on: [node])
        case .unreachable:
            self.error = error.description
            advice = error.advice(inventory: request.inventory)
        }
    }

    /// What a later copy goes on with.
    private func rest(_ request: CopyRequest) -> String {
        switch request.direction {
        case .up:
            return
                "anything that had arrived lies on the node in \(TransferScript.temporary(for: path)), where the next copy goes on"
        case .down:
            let part = TransferScript.temporary(for: LocalFile.absolute(file))
            guard LocalFile(part).kind == .file else { return "nothing had arrived" }
            return "what had arrived lies here in \(part), where the next copy goes on"
        }
    }

    private static func ending(_ error: TransportError, hasBegun: Bool) -> Ending {
        switch error {
        case .uploadFailed, .downloadFailed: .failed
        case .cancelled, .mayStillRun(.cancelled): hasBegun ? .stopped : .cancelled
        case .connectionLost, .timedOut, .mayStillRun: hasBegun ? .cut : .unreachable
        default: .unreachable
        }
    }
}

extension TransportError {
    /// What there is to say beyond that harun was stopped.
    fileprivate var withoutCancelling: String? {
        switch self {
        case .cancelled: nil
        case .mayStillRun(.cancelled):
            "harun was stopped; it is not proved that what it had begun on the node was ended, it may still run"
        default: description
        }
    }
}

extension CopyResult: Encodable {
    private enum Key: String, CodingKey {
        case node, outcome, path, file, bytes, sha256, resumed, seconds, error, next
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(node.text, forKey: .node)
        try container.encode(ending, forKey: .outcome)
        try container.encode(path, forKey: .path)
        try container.encode(file, forKey: .file)
        try container.encodeIfPresent(proved?.bytes, forKey: .bytes)
        try container.encodeIfPresent(proved?.sha256, forKey: .sha256)
        try container.encodeIfPresent(proved?.resumed, forKey: .resumed)
        try container.encode(seconds, forKey: .seconds)
        try container.encodeIfPresent(error, forKey: .error)
        try container.encodeIfPresent(advice, forKey: .next)
    }
}
