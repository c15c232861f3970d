import Steps
import Transport

/// What every step about a machine asks a node, and how the answer reads.
///
/// One `virsh` for all lists: each start of it costs a connection to libvirtd. It goes on behind a command that fails and
/// ends with the last one's code, so an empty list is believed only where it said no error.
struct DomainProbe {
    let name: String

    /// Shell source that reports the facts ``State`` reads.
    var script: String {
        """
        export LIBVIRT_DEFAULT_URI=qemu:///system
        F=\(ServiceResources.definition(name).shellQuoted)
        if [ -e "$F" ]; then
            secret definition <"$F"; sum=$(sha256sum "$F"); fact sum "${sum%% *}"; fact mode "$(stat -c %a:%u "$F")"
        fi
        command -v virsh >/dev/null || needed 'libvirt is not installed yet'
        exec 3>&1
        errors=$({ virsh -q '
        echo "
        @defined
        "; list --all --persistent --name; echo "
        @active
        "; list --name; echo "
        @autostart
        "; list --all --autostart --name; echo "
        @saved
        "; list --all --with-managed-save --name; echo "
        @snapshots
        "; list --all --with-snapshot --name; echo "
        @checkpoints
        "; list --all --with-checkpoint --name; echo "
        @bootnetworks
        "; net-list --all --autostart --name; echo "
        @networks
        "; net-list --name' </dev/null | blob domains >&3; } 2>&1)
        exec 3>&-
        # A host without libvirt's networks has none; whatever else failed leaves a list empty that may not be.
        case $errors in *virConnectListAllNetworks*) ;; *error:*) printf '%s\\n' "$errors" >&2; exit 1;; esac
        """
    }

    /// The lists of one node.
    struct State {
        private let lists: [String: [String]]
        private let name: String

        init?(_ observation: Observation?, _ name: String) {
            guard let text = observation?.facts["domains"] else { return nil }
            var lists: [String: [String]] = [:]
            var current = ""
            for line in text.split(whereSeparator: \.isNewline).map({ $0.trimmed }) where !line.isEmpty {
                if line.hasPrefix("@") {
                    current = String(line.dropFirst())
                } else {
                    lists[current, default: []].append(line)
                }
            }
            self.lists = lists
            self.name = name
        }

        /// libvirt itself keeps a definition, and could start the machine outside the cluster.
        var isDefined: Bool { has("defined") }
        var isActive: Bool { has("active") }
        var isAutostarted: Bool { has("autostart") }
        var hasManagedSave: Bool { has("saved") }
        var hasSnapshots: Bool { has("snapshots") }
        var hasCheckpoints: Bool { has("checkpoints") }
        var networks: [String] { lists["networks"] ?? [] }
        /// Those that come up with the host.
        var bootNetworks: [String] { lists["bootnetworks"] ?? [] }

        private func has(_ list: String) -> Bool { lists[list]?.contains(name) == true }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
