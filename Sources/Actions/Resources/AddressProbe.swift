import Transport

/// Finds the interface that would carry the floating address on a node.
struct AddressProbe {
    let address: FloatingAddress
    /// The one that the inventory names; nil lets the node choose the one that has the network.
    let interface: String?

    /// Shell source that sets `nic`, empty where there is none.
    var words: String {
        if let interface {
            return "nic=\(interface.shellQuoted); [ -e /sys/class/net/\(interface.shellQuoted) ] || nic="
        }
        return """
            nic=; route=$(ip -o route get \(address.ip.shellQuoted) 2>/dev/null)
            case $route in *' via '* | local*) ;; *' dev '*) nic=${route#* dev }; nic=${nic%% *};; esac
            """
    }

    /// Why the address could not be on a node without an interface for it.
    var refusal: String {
        let what = interface.map { "there is no interface \($0)" }
        return "\(what ?? "no interface is in the network of \(address.text)"); the address could not be here"
    }
}
