extension Duration {
    /// The duration in seconds, for output and JSON.
    package var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }

    /// The duration as the log has it: `12 ms`, `3.4 s`.
    package var brief: String {
        let milliseconds = Int(inSeconds * 1000)
        return milliseconds < 1000 ? "\(milliseconds) ms" : "\(Double(milliseconds / 100) / 10) s"
    }
}
