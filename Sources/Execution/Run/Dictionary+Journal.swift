extension [String: String] {
    /// The facts short enough to keep: a cluster's whole configuration is evidence for a probe, not a fact.
    var forJournal: [String: String] {
        filter { $0.value.utf8.count <= 300 && !$0.value.contains("\n") }
    }
}
