import Transport

/// Everything in the cluster's configuration that cannot run without the shared file system, whoever put it there.
///
/// A machine of an earlier inventory, or one that an administrator added, has its disk on the same LUN: started on another
/// node than the one that has it mounted, it fails there, or writes to a disk that is not there. So the simulation and
/// the failover look at all of them and not at the inventory's alone.
struct StorageDependents: Sendable, Hashable {
    struct Member: Sendable, Hashable {
        var id: String
        /// The machine's name in libvirt, where it is one and its definition could be read.
        var machine: String?
        /// `target-role` is Stopped: it need not run.
        var isStopped: Bool
    }

    /// Without the file system itself; in the order of the configuration.
    var members: [Member] = []
    /// Those that use the file system and that no constraint keeps with it, or behind it.
    var unbound: [String] = []

    static let none = StorageDependents()

    private init() {}

    /// - Parameters:
    ///   - mount: where the file system is mounted.
    ///   - definitions: what ``probe(_:)`` reported under that name.
    init(_ cib: CIB, mount: String, definitions: String) {
        let storage = ServiceResources.storageID
        let configuration = cib.root.first("configuration")
        guard let resources = configuration?.first("resources"), cib.primitive(storage) != nil else { return }
        let machines = Self.machines(definitions)
        let graph = StorageGraph(resources: resources, constraints: configuration?.first("constraints"))
        let together = graph.together(with: storage)
        let after = graph.after(storage)
        for primitive in resources.descendants("primitive") {
            guard let id = primitive["id"], id != storage, primitive["class"] != "stonith" else { continue }
            let values = primitive.all("instance_attributes").flatMap { $0.all("nvpair") }.compactMap { $0["value"] }
            let uses = values.contains { $0 == mount || $0.hasPrefix(mount + "/") || machines[$0] != nil }
            guard uses || together.contains(id) else { continue }
            let machine = values.lazy.compactMap { machines[$0] }.first { !$0.isEmpty }
            members.append(Member(id: id, machine: machine, isStopped: !cib.stopped([id]).isEmpty))
            if uses, !together.contains(id) || !after.contains(id) { unbound.append(id) }
        }
    }

    /// The ones beside these.
    func others(than ids: [String]) -> [Member] { members.filter { !ids.contains($0.id) } }

    /// What is wrong with the ones beside these: apart from the file system, or not running though nobody stopped them.
    func problems(_ status: PacemakerStatus, besides ids: [String]) -> [String] {
        let place = status.resource(ServiceResources.storageID)?.nodes ?? []
        return others(than: ids).flatMap { member in
            let instances = status.resources.filter { $0.id == member.id }
            let active = instances.filter(\.isActive)
            var lines: [String] = []
            for node in Set(active.flatMap(\.nodes)).subtracting(place).sorted() {
                lines.append("\(member.id) runs on \(node), apart from \(ServiceResources.storageID), which it needs")
            }
            if active.contains(where: \.isFailed) { lines.append("\(member.id) has failed") }
            if active.isEmpty, !member.isStopped, !place.isEmpty {
                lines.append("\(member.id), which needs \(ServiceResources.storageID) too, is stopped")
            }
            return lines
        }
    }

    /// How to bind the unbound ones, nil where there are none.
    func refusal(mount: String) -> String? {
        guard let first = unbound.first else { return nil }
        let storage = ServiceResources.storageID
        let need = unbound.count == 1 ? "needs \(mount), and nothing keeps it" : "need \(mount), and nothing keeps them"
        return "\(unbound.joined(separator: " and ")) \(need) with \(storage): "
            + "pcs constraint colocation add \(first) with \(storage) score=INFINITY; "
            + "pcs constraint order start \(storage) then start \(first)"
    }

    /// Shell source that reports the machines whose definitions lead to the mount point, as the blob `definitions`; behind
    /// ``CIB/question``.
    static func probe(mount: String) -> String {
        """
        printf '%s\\n' "$cib" | sed -n 's/.*<nvpair .*name="config".* value="\\([^"]*\\)".*/\\1/p' | while read -r file; do
            [ -r "$file" ] || continue
            grep -qF \("\(mount)/".shellQuoted) "$file" || continue
            printf '%s\\t%s\\n' "$file" "$(sed -n 's:^ *<name>\\(.*\\)</name>.*:\\1:p' "$file" | head -n 1)"
        done | blob definitions
        """
    }

    private static func machines(_ definitions: String) -> [String: String] {
        var machines: [String: String] = [:]
        for line in definitions.split(separator: "\n") {
            let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
            machines[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
        return machines
    }
}
