import Steps

/// A node's processor, as `virsh capabilities` names it, and the models that its emulator offers.
///
/// A machine is always started cold on the other node, so it may meet another processor; one that lacks what the
/// definition asks for makes the start fail, and one that the machine was set up for by "as the host has it" is
/// another machine to what was built for it.
struct HostCPU: Sendable, Hashable {
    private var vendor: String?
    private var model: String?
    private var features: Set<String> = []
    /// The named models that can be used, by the domain's type; of a type that is not there nothing was told.
    private var usable: [String: Set<String>] = [:]

    /// - Parameters:
    ///   - capabilities: the answer of `virsh capabilities`.
    ///   - models: the answers of `virsh domcapabilities`, one behind the other.
    init?(capabilities: String, models: String) {
        guard let root = LibvirtElement(parsing: capabilities), let cpu = root.child("host")?.child("cpu") else {
            return nil
        }
        vendor = cpu.child("vendor")?.text
        model = cpu.child("model")?.text
        features = Set(cpu.all("feature").compactMap { $0["name"] })
        for part in models.split(separator: "</domainCapabilities>") {
            guard let start = part.firstRange(of: "<domainCapabilities"),
                let answer = LibvirtElement(parsing: part[start.lowerBound...] + "</domainCapabilities>"),
                let type = answer.child("domain")?.text
            else { continue }
            let custom = answer.child("cpu")?.all("mode").first { $0["name"] == "custom" }
            usable[type] = Set((custom?.all("model") ?? []).filter { $0["usable"] != "no" }.map(\.text))
        }
    }

    /// Why the machine would not start here, or would not be the same machine; nil where it would.
    ///
    /// - Parameter home: the processor of the node that has run the machine so far, nil where nobody knows.
    func obstacle(to domain: DomainDefinition, from home: HostCPU?) -> String? {
        guard let cpu = domain.cpu else { return nil }
        if let home, home.vendor == vendor, home.model == model, home.features.isSubset(of: features) { return nil }
        let lacking = home.map { $0.features.subtracting(features).sorted().prefix(5).joined(separator: ", ") } ?? ""
        let other =
            "\(domain.name) has the processor of its host (\(cpu.mode)), and this one is another: \(title)"
            + (home.map { ", not \($0.title)" } ?? "") + (lacking.isEmpty ? "" : ", without \(lacking)")
            + ". Give it a model that every node has (virsh edit \(domain.name), <cpu mode='custom'>)"
        if cpu.mode != "custom" { return home == nil ? nil : other }
        if cpu.check == "none" { return nil }
        if let model = cpu.model, let type = domain.type, let usable = usable[type], !usable.contains(model) {
            return "\(domain.name) is defined for the processor model \(model), which this host cannot give it"
        }
        let missing = cpu.features.subtracting(features).sorted()
        guard home != nil, domain.type == "kvm", !missing.isEmpty else { return nil }
        return
            "\(domain.name) needs a processor with \(missing.joined(separator: ", ")), which is not known of this host"
    }

    private var title: String { [vendor, model].compactMap { $0 }.joined(separator: " ") }
}
