import Steps
import Transport

/// What the cluster's release calls its properties of fencing.
///
/// Pacemaker 3.0.3 renamed `stonith-…` to `fencing-…`: with the old name alone its `crm_verify` objects, and 2.1.5 and
/// 3.0.0 ignore the new one in silence. So the release is asked which it knows.
struct FencingNames: Sendable, Hashable {
    /// Whether the release knows the new names.
    var isRenamed = false
    /// Whether the configuration has the old names, from before an upgrade; both must say the same then.
    var hasOld = true

    static let stonith = FencingNames()

    /// Shell source that reports what ``init(_:_:)`` reads; releases before 2.1.8 cannot list and have the old names.
    static let probe = """
        case $(crm_attribute --list-options=cluster --output-as=xml 2>/dev/null) in
        *'name="fencing-enabled"'*) fact fencing.names fencing;;
        esac
        """

    /// By what a node said and what the configuration has.
    init(_ observation: Observation?, _ cib: CIB) {
        isRenamed = observation?.facts["fencing.names"] == "fencing"
        hasOld = cib.property("stonith-enabled") != nil || cib.property("stonith-timeout") != nil
    }

    private init() {}

    /// The properties that say this, under every name that counts.
    func properties(enabled: Bool, timeout: String? = nil) -> [String: String] {
        var properties: [String: String] = [:]
        for prefix in isRenamed ? (hasOld ? ["fencing", "stonith"] : ["fencing"]) : ["stonith"] {
            properties["\(prefix)-enabled"] = String(enabled)
            properties["\(prefix)-timeout"] = timeout
        }
        return properties
    }
}
