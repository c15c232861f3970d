extension Event {
    /// Writes what is there, and at a run's end its outage even where none was measured: scripts may count on it.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(event, forKey: .event)
        try container.encode(time, forKey: .time)
        try container.encode(run, forKey: .run)
        try container.encodeIfPresent(stage, forKey: .stage)
        try container.encodeIfPresent(step, forKey: .step)
        try container.encodeIfPresent(node, forKey: .node)
        try container.encodeIfPresent(message, forKey: .message)
        try container.encodeIfPresent(script, forKey: .script)
        try container.encodeIfPresent(outcome, forKey: .outcome)
        try container.encodeIfPresent(output, forKey: .output)
        try container.encodeIfPresent(facts, forKey: .facts)
        try container.encodeIfPresent(seconds, forKey: .seconds)
        try container.encodeIfPresent(plan, forKey: .plan)
        try container.encodeIfPresent(inventory, forKey: .inventory)
        try container.encodeIfPresent(version, forKey: .version)
        try container.encodeIfPresent(source, forKey: .source)
        try container.encodeIfPresent(to, forKey: .to)
        try container.encodeIfPresent(asked, forKey: .asked)
        try container.encodeIfPresent(outage, forKey: .outage)
        try container.encodeIfPresent(result, forKey: .result)
        try container.encodeIfPresent(changed, forKey: .changed)
        try container.encodeIfPresent(unchanged, forKey: .unchanged)
        try container.encodeIfPresent(skipped, forKey: .skipped)
        try container.encodeIfPresent(deferred, forKey: .deferred)
        try container.encodeIfPresent(failed, forKey: .failed)
        if event == .end {
            try container.encode(outageSeconds, forKey: .outageSeconds)
        } else {
            try container.encodeIfPresent(outageSeconds, forKey: .outageSeconds)
        }
    }
}
