package import Documents
package import Settings

/// `[storage]`: the shared disk with the virtual machine on it.
package struct Storage: Hashable, Sendable {
    /// When the disk may be formatted.
    package enum Format: Hashable, Sendable {
        case never
        /// Only where it is proven empty, and the same disk on every node.
        case ifEmpty
        /// The disk of that WWID also where it holds data, as long as that has no signature and nobody uses it.
        case force(wwid: String)

        package var text: String {
            switch self {
            case .never: "never"
            case .ifEmpty: "if-empty"
            case .force(let wwid): "force:\(wwid)"
            }
        }
    }

    package var unit: LogicalUnit
    package var filesystem: String
    /// Absolute path of the mount point, the same on every node.
    package var mount: String
    package var format: Format
    /// The largest disk that is read to prove it empty.
    package var readLimit: ByteCount
    /// Whether ext4's multiple mount protection must be on; nil leaves it to the fencing.
    package var mmp: Bool?

    package init(
        unit: LogicalUnit, filesystem: String = "ext4", mount: String, format: Format = .never,
        readLimit: ByteCount = Self.usualReadLimit, mmp: Bool? = nil
    ) {
        self.unit = unit
        self.filesystem = filesystem
        self.mount = mount
        self.format = format
        self.readLimit = readLimit
        self.mmp = mmp
    }
}

extension Storage {
    /// About three hours over a link of 1 Gbit/s.
    package static let usualReadLimit = ByteCount(bytes: 1 << 40)

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
        _ = reader.checked("filesystem") { text throws(InvalidValue) in
            if text != "ext4" {
                throw InvalidValue("the file system \"\(text)\" is not built yet in this version; use \"ext4\"")
            }
        }
        let mount = reader.checked("mount", required: true, Self.mount)
        let format = reader.checked("format") { text throws(InvalidValue) in try Self.format(text, of: unit) }
        let readLimit = reader.byteCount("read_limit")
        let mmp = reader.boolean("mmp")
        guard let unit, let mount else { return nil }
        self.init(
            unit: unit, mount: mount, format: format ?? .never, readLimit: readLimit ?? Self.usualReadLimit, mmp: mmp)
    }

    private static func format(_ text: String, of unit: LogicalUnit?) throws(InvalidValue) -> Format {
        switch text {
        case "never": return .never
        case "if-empty": return .ifEmpty
        default: break
        }
        guard text.hasPrefix("force:") else {
            throw InvalidValue(
                "`format` must be \"never\", \"if-empty\" or \"force:\" with the disk's WWID, not \"\(text)\"")
        }
        let wwid = try LogicalUnit.identity(String(text.dropFirst("force:".count)))
        if let known = unit?.identity, known != wwid {
            throw InvalidValue("`format` gives up the disk \(wwid), but `wwid` says \(known)")
        }
        return .force(wwid: wwid)
    }

    private static func mount(_ text: String) throws(InvalidValue) -> String {
        guard text.hasPrefix("/") else { throw InvalidValue("\"\(text)\" must be an absolute path") }
        let allowed = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-".contains($0)) }
        guard allowed else { throw InvalidValue("\"\(text)\": a mount point takes letters, digits and any of / . _ -") }
        let parts = text.split(separator: "/").map(String.init)
        let isPlain = "/" + parts.joined(separator: "/") == text && !parts.contains(".") && !parts.contains("..")
        guard text == "/" || isPlain else {
            throw InvalidValue("\"\(text)\" must be a plain path, without `.`, `..`, `//` or a slash at the end")
        }
        guard let first = parts.first else { throw InvalidValue("\"/\" is the system's own root") }
        if let part = parts.first(where: { $0.hasPrefix("-") || $0.hasPrefix(".") }) {
            throw InvalidValue("\"\(text)\": \"\(part)\" must not begin with `\(part.prefix(1))`")
        }
        let isSystem = parts.count == 1 && systemFolders.contains(first)
        if isSystem || closedFolders.contains(first) || hiddenFolders.contains(text) {
            throw InvalidValue("\"\(text)\" belongs to the system; mount elsewhere, such as /mnt/shared_storage")
        }
        return text
    }
}
