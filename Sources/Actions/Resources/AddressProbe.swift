import Settings
import Steps
import Transport

/// Finds the interface that would carry the floating address on a node.
///
/// Asked is the table of routes for the networks that the address lies in, which is what the agent IPaddr2 asks where
/// it is given no interface (`findif` of resource-agents 4.12 and 4.16): so each node has its own, `br0` here and `eno1`
/// there. `ip route get` would not do: on the node that holds the address the answer is `local`.
struct AddressProbe {
    let address: FloatingAddress
    /// The one that the inventory names; nil lets the node choose the one that has the network.
    let interface: String?

    /// Shell source that sets `nic`, empty where there is none, and reports the facts that ``refusal(_:on:)`` reads.
    ///
    /// Of several networks the narrowest counts, as for the agent; of several interfaces in it the agent takes
    /// whichever is listed last. An interface that the inventory names must have such a network where any has one: nobody
    /// in the address's network would find it on another interface. Where none has one, a router must know the way.
    var words: String {
        let chosen =
            if let interface {
                """
                nic=\(interface.shellQuoted); [ -e /sys/class/net/\(interface.shellQuoted) ] || nic=
                [ -z "$nic" ] || case " ${all:-$nic} " in *" $nic "*) ;; *) fact nic.elsewhere "$all"; nic=;; esac
                """
            } else {
                "nic=$near; case $nic in *' '*) fact nic.several \"$nic\"; nic=;; esac"
            }
        return """
            near=; all=; best=0; routes=$(ip -o -f \(family) route list match \(address.description.shellQuoted)\(scope) 2>/dev/null)
            while read -r net word name _; do
                case $net:$word in */*:dev) ;; *) continue;; esac
                all="${all:+$all }$name"
                [ "${net##*/}" -ge "$best" ] || continue
                if [ "${net##*/}" -gt "$best" ]; then best=${net##*/}; near=$name
                else case " $near " in *" $name "*) ;; *) near="$near $name";; esac; fi
            done <<EOF
            $routes
            EOF
            \(chosen)
            [ -z "$nic" ] || fact nic "$nic"
            [ -n "$nic" ] || ip -o -f \(family) addr show scope global | while read -r _ name _ net _; do
                printf '%s ' "$name $net,"
            done | blob networks
            """
    }

    /// Where the cluster's configuration has this very address: an XPath, for double quotes of the shell.
    ///
    /// The resource alone says too little: with another address in the inventory it is about to take one that somebody
    /// else may have.
    var path: String {
        "//primitive[@id='\(ServiceResources.addressID)']//nvpair[@name='ip'][@value='\(address.ip)']"
    }

    private var family: String { address.ip.isIPv6 ? "inet6" : "inet" }
    /// The agent's own narrowing.
    private var scope: String { address.ip.isIPv6 ? "" : " scope link" }

    /// Why the address could not be on a node; nil where it could.
    func refusal(_ facts: [String: String], on node: NodeName) -> String? {
        if facts["nic"]?.isEmpty == false { return nil }
        if let several = facts["nic.several"] {
            let names = several.split(separator: " ").joined(separator: " and ")
            return "\(names) of \(node) are both in the network of \(address.description); "
                + "name the one to use: [address] interface = \"…\", the same on every node"
        }
        if let interface, let elsewhere = facts["nic.elsewhere"] {
            let names = elsewhere.split(separator: " ").joined(separator: " and ")
            return
                "the network of \(address.description) is on \(names) of \(node) and not on \(interface), where nobody in it would "
                + "find the address; name that one under [address] interface, or none"
        }
        let networks = (facts["networks"] ?? "").trimmingCommas
        let has = networks.isEmpty ? "\(node) has no network of that family" : "\(node) has \(networks)"
        if let interface { return "\(node) has no interface \(interface); the address could not be there: \(has)" }
        return
            "no interface of \(node) is in the network of \(address.description); the address could not be there: \(has)"
    }
}

extension String {
    fileprivate var trimmingCommas: String {
        var rest = self[...]
        while let last = rest.last, last == "," || last == " " { rest.removeLast() }
        return String(rest)
    }
}
