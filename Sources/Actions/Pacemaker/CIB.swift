import Steps

/// Pacemaker's configuration and status as `cibadmin --query` gives it: read, compared, merged.
///
/// Built in harun and not by `pcs` calls on a node (docs/decisions/0004-cib-built-in-harun.md): what is
/// wanted is a ``CIBFragment``, and one merge tells both what differs and what the new CIB is, so that
/// a merged CIB can have no differences left.
///
/// - Important: A CIB can hold passwords of fencing devices. It travels as a `secret` of a probe and on
///   standard input, never as a fact.
package struct CIB: Sendable, Hashable {
    package let root: XMLTree

    /// Reads the XML; nil where it is no CIB, a cut-off answer for example.
    package init?(xml: String) {
        guard let root = XMLTree(parsing: xml), root.name == "cib", root.first("configuration") != nil else {
            return nil
        }
        self.root = root
    }

    /// Reports it as the secret `cib` and leaves it in `cib`; where there is none, `no_cib` says why.
    static let question = ProbeQuestion(
        """
        cib=; no_cib='Pacemaker is not installed yet'
        if command -v cibadmin >/dev/null; then
            if cib=$(cibadmin --query 2>/dev/null); then no_cib=; else cib=; no_cib='the cluster does not run here yet'; fi
        fi
        [ -n "$no_cib" ] || printf '%s\\n' "$cib" | secret cib
        """)
    /// Shell source that ends a probe behind ``question`` where there is none.
    static let demand = "[ -z \"$no_cib\" ] || needed \"$no_cib\""

    /// Which configuration this is: rises with every change, but not with changes of the status alone.
    package var version: String { "\(root["admin_epoch"] ?? "0").\(root["epoch"] ?? "0")" }

    /// As XML, in an order of attributes that does not depend on where it came from.
    package var xml: String { root.text() }

    /// The primitive of that id, inside groups and clones too.
    package func primitive(_ id: String) -> XMLTree? {
        root.first("configuration")?.first("resources")?.descendants("primitive").first { $0["id"] == id }
    }

    /// The value of a cluster property, nil where it is not set.
    package func property(_ name: String) -> String? {
        let sets = root.first("configuration")?.first("crm_config")?.all("cluster_property_set") ?? []
        return sets.flatMap { $0.all("nvpair") }.first { $0["name"] == name }?["value"]
    }

    /// What a property of fencing is set to, by its old name (`stonith-…`) and its new one (`fencing-…`).
    ///
    /// Pacemaker 3.0.3 renamed them and reads both, older releases only the old name; one value where both agree, none
    /// where neither is set.
    ///
    /// - Parameter name: what stands behind the prefix: `enabled`.
    func fencingValues(_ name: String) -> [String] {
        let old = property("stonith-\(name)")
        let new = property("fencing-\(name)")
        return old == new ? [old].compactMap(\.self) : [old, new].compactMap(\.self)
    }

    /// Whether a fencing device is configured and fencing is not switched off.
    package var isFencing: Bool {
        let isOff = fencingValues("enabled").contains { ["false", "off", "no", "n", "0"].contains($0.lowercased()) }
        let resources = root.first("configuration")?.first("resources")
        return !isOff && resources?.descendants("primitive").contains { $0["class"] == "stonith" } == true
    }

    /// Why the fragment must not be merged: its ids are taken by something else, or stand for other data.
    ///
    /// Another device or place of a file system, or another definition of a machine, is somebody's other data: a push
    /// would stop the running machine to look for it where a mistyped LUN number points.
    package func conflicts(with fragment: CIBFragment) -> [String] {
        let configuration = root.first("configuration")
        let resources = configuration?.first("resources")?.everything ?? []
        let constraints = configuration?.first("constraints")?.children ?? []
        var lines: [String] = []
        for wanted in fragment.primitives {
            for found in resources where found["id"] == wanted.id {
                if found.name != "primitive" {
                    lines.append("\(wanted.id) is a \(found.name) already, not a resource of \(wanted.agent)")
                } else if found.agent != wanted.agent {
                    lines.append("the resource \(wanted.id) exists with agent \(found.agent), not \(wanted.agent)")
                } else {
                    lines += Self.moved(wanted, found)
                }
            }
        }
        for wanted in fragment.constraints {
            for found in constraints where found["id"] == wanted.id {
                if found.name != wanted.element.name {
                    lines.append("\(wanted.id) is a \(found.name) already")
                } else if !found.binds(like: wanted.element) {
                    lines.append(
                        "the constraint \(wanted.id) is there for \(found.named.joined(separator: " and ")), and would "
                            + "have to say: \(wanted.title)")
                }
            }
        }
        return lines
    }

    private static func moved(_ wanted: CIBFragment.Primitive, _ found: XMLTree) -> [String] {
        let pairs = found.all("instance_attributes").flatMap { $0.all("nvpair") }
        return ["device", "directory", "config"].compactMap { name in
            guard let value = wanted.attributes[name], let pair = pairs.first(where: { $0["name"] == name }),
                let current = pair["value"], current != value
            else { return nil }
            return "the resource \(wanted.id) has the \(name) \(current), and the inventory asks for \(value); "
                + "where that is right, take the resource out first (pcs resource delete \(wanted.id))"
        }
    }

    /// The resources that are there and would be restarted by a push: their own settings change.
    package func changedSettings(_ fragment: CIBFragment) -> [String] {
        fragment.primitives.filter { wanted in
            primitive(wanted.id).map { CIBMerge.changesSettings(wanted, $0) } ?? false
        }.map(\.id)
    }

    /// What would change, one line for people each; empty where the fragment is true already.
    ///
    /// Only what the fragment names is looked at: utilization, `last-lrm-refresh` or an administrator's
    /// own constraints are no difference.
    package func differences(to fragment: CIBFragment) -> [String] { CIBMerge(root, fragment).changes }

    /// A complete CIB with the fragment in it and everything else, the status included, as it was.
    package func merged(with fragment: CIBFragment) -> String { CIBMerge(root, fragment).root.text() }
}

extension CIB {
    /// The ids of resources that harun bound together once and that are none of these any more.
    ///
    /// A machine that the inventory renamed, or an address that it dropped: it still runs, on the same file system, and
    /// what binds it must not be given to another.
    func abandoned(keeping ids: [String]) -> [(id: String, constraint: String)] {
        var found: [(id: String, constraint: String)] = []
        for constraint in root.first("configuration")?.first("constraints")?.children ?? [] {
            guard let id = constraint["id"], id.hasPrefix("harun-"), !id.hasPrefix(CIBPush.stopPrefix) else { continue }
            for name in constraint.named where !ids.contains(name) && !found.contains(where: { $0.id == name }) {
                found.append((name, id))
            }
        }
        return found
    }

    /// Those of these resources whose `target-role` says that they shall not run; harun sets none.
    func stopped(_ ids: [String]) -> [String] {
        ids.filter { id in
            let pairs = primitive(id)?.all("meta_attributes").flatMap { $0.all("nvpair") } ?? []
            return pairs.contains { $0["name"] == "target-role" && $0["value"]?.lowercased() == "stopped" }
        }
    }
}

extension XMLTree {
    /// The resources that a constraint names.
    var named: [String] { ["rsc", "with-rsc", "first", "then"].compactMap { self[$0] } }

    /// `ocf:heartbeat:Filesystem`.
    var agent: String {
        [self["class"], self["provider"], self["type"]].compactMap { $0 }.joined(separator: ":")
    }

    /// The element's children at every depth.
    fileprivate var everything: [XMLTree] { children.flatMap { [$0] + $0.everything } }
}
