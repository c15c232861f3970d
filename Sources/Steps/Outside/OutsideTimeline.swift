import Transport

/// What was seen of one target: every question, when it was asked and whether it was answered.
package struct OutsideTimeline: Sendable, Hashable {
    package struct Sample: Sendable, Hashable {
        /// When the question went out, since the watch began.
        package var asked: Duration
        package var isAnswered: Bool

        package init(asked: Duration, isAnswered: Bool) {
            self.asked = asked
            self.isAnswered = isAnswered
        }
    }

    /// A time without answers.
    package struct Outage: Sendable, Hashable {
        /// The last question that was still answered: the outage may have begun right after it.
        package var start: Duration
        /// The first question that was answered again; nil where none was.
        package var end: Duration?
        /// Questions without an answer.
        package var lost: Int

        /// Nil while it lasts.
        package var length: Duration? { end.map { $0 - start } }
    }

    package var target: OutsideTarget
    /// In the order of the questions; the last ones may still be unanswered because it is too early.
    package var samples: [Sample]

    package init(target: OutsideTarget, samples: [Sample] = []) {
        self.target = target
        self.samples = samples
    }

    /// The times without answers, taken long rather than short: from the last answer to the next one.
    package var outages: [Outage] {
        var result: [Outage] = []
        var last = samples.first?.asked ?? .zero
        var lost = 0
        for sample in samples {
            if sample.isAnswered {
                if lost > 0 { result.append(Outage(start: last, end: sample.asked, lost: lost)) }
                last = sample.asked
                lost = 0
            } else {
                lost += 1
            }
        }
        if lost > 0 { result.append(Outage(start: last, end: nil, lost: lost)) }
        return result
    }

    /// The longest outage, zero where there was none; nil where the last one did not end.
    package var longestOutage: Duration? {
        let outages = outages
        if outages.contains(where: { $0.end == nil }) { return nil }
        return outages.compactMap(\.length).max() ?? .zero
    }

    /// Without the questions behind the last answer, if that came after a moment: nobody waited for theirs.
    package func upToLastAnswer(after moment: Duration) -> Self {
        guard let last = samples.lastIndex(where: \.isAnswered), samples[last].asked > moment else { return self }
        return Self(target: target, samples: Array(samples[...last]))
    }

    /// Whether one of the questions asked after a moment was answered.
    package func answers(after moment: Duration) -> Bool { samples.contains { $0.isAnswered && $0.asked > moment } }

    /// The first unanswered question after a moment.
    package func firstLoss(after moment: Duration) -> Duration? {
        samples.first { !$0.isAnswered && $0.asked >= moment }?.asked
    }

    /// For a plot, compact: `icmp 10.0.0.9: 3.2-19.4 5.0-`, seconds since the watch began.
    package var text: String {
        let list = outages.map { "\($0.start.tenths)-\($0.end?.tenths ?? "")" }
        return "\(target): \(list.isEmpty ? "no outage" : list.joined(separator: " "))"
    }
}

extension Duration {
    /// Seconds with one digit behind the point.
    package var tenths: String {
        let tenths = Int((inSeconds * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }
}
