import Steps

/// The file in which a machine's UEFI firmware keeps its variables: boot entries, keys of Secure Boot.
///
/// It is as much the machine's as its disk: without it a new one is made of a template, and an installed system whose
/// boot entry is gone may not start.
struct UEFIVariables {
    var path: String
    /// `raw`, or `qcow2` where the definition says so.
    var format: String
    /// Whether the definition names the file.
    ///
    /// libvirt 9.0 (Debian 12) leaves a definition with `firmware='efi'` as it is and
    /// chooses at each start; 11.3 (Debian 13) writes its choice down when the machine is defined.
    var isNamed: Bool

    /// Nil where the machine has no such file, or keeps it on something else than a file.
    init?(of domain: LibvirtElement) {
        guard let os = domain.child("os"), os.child("loader")?["stateless"] != "yes" else { return nil }
        if let nvram = os.child("nvram") {
            let named = nvram.child("source")?["file"] ?? nvram.text
            guard ["file", nil].contains(nvram["type"]) else { return nil }
            format = nvram["format"] ?? "raw"
            isNamed = !named.isEmpty
            path = isNamed ? named : Self.usual(domain)
        } else {
            guard os["firmware"] == "efi" || os.child("loader")?["type"] == "pflash" else { return nil }
            (path, format, isNamed) = (Self.usual(domain), "raw", false)
        }
    }

    /// Where libvirt puts the file of a definition that names none.
    private static func usual(_ domain: LibvirtElement) -> String {
        "\(folder)/\(domain.child("name")?.text ?? "")_VARS.fd"
    }

    static let folder = "/var/lib/libvirt/qemu/nvram"

    /// Shell source that prints a line like those of `virsh domblklist --details` for the file.
    ///
    /// - Parameter name: the machine; its definition is in `x`. A path with characters that XML escapes is printed as it stands
    ///   there, so such a file is not found, and the machine not moved.
    static func listed(_ name: String) -> String {
        """
        os=$(printf '%s\\n' "$x" | sed -n '/<os[ >]/,/<\\/os>/p')
        vars=$(printf '%s\\n' "$os" | sed -n -e 's:.*<nvram[^>]*>\\([^<]*\\)</nvram>.*:\\1:p' \
            -e "/<nvram/,/<\\/nvram>/s:.*<source file='\\([^']*\\)'.*:\\1:p")
        case $os in
        *"<loader"*"stateless='yes'"*) vars=;;
        *"<nvram"* | *"firmware='efi'"* | *"type='pflash'"*) vars=${vars:-\(folder)/\(name)_VARS.fd};;
        esac
        [ -z "$vars" ] || echo "file nvram - $vars"
        """
    }
}
