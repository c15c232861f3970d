import Documents

/// `[storage]`: the shared disk with the virtual machine on it.
package struct Storage: Hashable, Sendable {
    /// When the disk may be formatted.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        case never
        /// Only where it is proven empty, and the same disk on every node.
        case ifEmpty = "if-empty"
    }

    package var unit: LogicalUnit
    package var filesystem: String
    /// Absolute path of the mount point, the same on every node.
    package var mount: String
    package var format: Format

    package init(unit: LogicalUnit, filesystem: String = "ext4", mount: String, format: Format = .never) {
        self.unit = unit
        self.filesystem = filesystem
        self.mount = mount
        self.format = format
    }
}

extension Storage {
    /// Folders that a mount would hide from the system, and those inside which nothing may be mounted.
    private static let systemFolders: Set = [
        "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "lost+found", "media", "mnt", "opt",
        "proc", "root", "run", "sbin", "srv", "sys", "tmp", "usr", "var",
    ]
    private static let closedFolders: Set = [
        "bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "lost+found", "proc", "run", "sbin", "sys",
        "tmp",
    ]
    private static let hiddenFolders: Set = [
        "/usr/bin", "/usr/lib", "/usr/sbin", "/usr/share", "/usr/local", "/var/lib", "/var/log", "/var/run",
        "/var/cache", "/var/spool", "/var/tmp", "/var/lib/libvirt", "/var/lib/pacemaker", "/var/lib/corosync",
        "/var/lib/dpkg", "/var/lib/systemd", "/var/lib/iscsi", "/var/lib/pcsd", "/var/lib/harun",
    ]

    init?(_ reader: TableReader) {
        let unit = LogicalUnit(reader, title: "[storage]")
        _ = reader.checked("filesystem") { text throws(Refusal) in
            if text != "ext4" {
                throw Refusal("the file system \"\(text)\" is not built yet in this version; use \"ext4\"")
            }
        }
        let mount = reader.checked("mount", required: true, Self.mount)
        let format = reader.word("format", of: Format.allCases.map(\.rawValue)).flatMap(Format.init)
        guard let unit, let mount else { return nil }
        self.init(unit: unit, mount: mount, format: format ?? .never)
    }

    private static func mount(_ text: String) throws(Refusal) -> String {
        guard text.hasPrefix("/") else { throw Refusal("\"\(text)\" must be an absolute path") }
        let allowed = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
        guard allowed else { throw Refusal("\"\(text)\": a mount point takes letters, digits and any of / . _ -") }
        let parts = text.split(separator: "/").map(String.init)
        let isPlain = "/" + parts.joined(separator: "/") == text && !parts.contains(".") && !parts.contains("..")
        guard text == "/" || isPlain else {
            throw Refusal("\"\(text)\" must be a plain path, without `.`, `..`, `//` or a slash at the end")
        }
        guard let first = parts.first else { throw Refusal("\"/\" is the system's own root") }
        if let part = parts.first(where: { $0.hasPrefix("-") || $0.hasPrefix(".") }) {
            throw Refusal("\"\(text)\": \"\(part)\" must not begin with `\(part.prefix(1))`")
        }
        let isSystem = parts.count == 1 && systemFolders.contains(first)
        if isSystem || closedFolders.contains(first) || hiddenFolders.contains(text) {
            throw Refusal("\"\(text)\" belongs to the system; mount elsewhere, such as /mnt/shared_storage")
        }
        return text
    }
}
