/// Whether a node could run a machine: its networks, its emulator, its hypervisor.
///
/// Asked of every node before the machine is shut down for its move, and again before the cluster is given it.
enum DomainHost {
    /// The first answer takes as long as starting every installed emulator once.
    static let patience = Duration.seconds(180)

    /// Shell source that reports what ``obstacle(_:_:to:)`` reads.
    static let script = """
        cd /sys/class/net && fact links "$(echo *)"
        virsh -q capabilities </dev/null | blob capabilities
        """

    /// What keeps the machine from being run on the node; nil where nothing does.
    static func obstacle(
        _ observation: Observation, _ state: DomainProbe.State, to domain: DomainDefinition
    ) -> Verdict? {
        let links = observation.words("links")
        let missing = domain.links.subtracting(links).sorted() + domain.networks.subtracting(state.networks).sorted()
        if let first = missing.first {
            return .refused("\(domain.name) needs the network \(first), which is not up here")
        }
        guard let capabilities = observation.facts["capabilities"].flatMap(HypervisorCapabilities.init) else {
            return .failed("libvirt does not tell what it can run here")
        }
        return capabilities.obstacle(to: domain).map { .refused($0) }
    }
}
