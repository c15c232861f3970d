import Foundation
import Steps
import Transport

/// The files of a machine as they lie on its node, asked before the machine is shut down.
///
/// A definition says which file and which format; what is below the image, who else uses it and how much room a copy
/// of all of it takes, only the image says.
struct DomainDisks {
    let name: String
    let mount: String

    /// Shell source that reports what ``obstacles(_:_:)`` reads; `numbers` are the LUN's devices (``MountProbe``).
    ///
    /// Images are read without their lock, which the running machine holds. The definition is in `x`.
    var script: String {
        """
        number=0; ids=; mine=
        disks=$(virsh -q domblklist --details \(name.shellQuoted) </dev/null) || exit 1
        disks="$disks
        $(
        \(UEFIVariables.listed(name))
        )"
        while read -r kind _ _ path; do
            if [ "$kind" != file ] || [ "$path" = - ]; then continue; fi
            number=$((number + 1)); fact "file.$number" "$path"
            [ -f "$path" ] || { fact "file.$number.kind" missing; continue; }
            case $numbers in *" $(findmnt -n -o MAJ:MIN -T "$path" | tr -d ' ') "*) fact "file.$number.kind" lun;; esac
            [ ! -e "$path.harun-pre" ] || fact "file.$number.kept" yes
            fact "file.$number.size" "$(stat -L -c %s "$path")"
            qemu-img info -U --backing-chain --output=json "$path" 2>/dev/null </dev/null | blob "file.$number.chain"
            qemu-img measure -U -O qcow2 --output=json "$path" 2>/dev/null </dev/null | blob "file.$number.need"
            ids="$ids $(stat -L -c %d:%i "$path") "; mine="$mine/${path##*/}/"
        done <<EOF
        $disks
        EOF
        virsh -q list --all --name </dev/null | while IFS= read -r other; do
            if [ -z "$other" ] || [ "$other" = \(name.shellQuoted) ]; then continue; fi
            virsh -q domblklist --details --domain "$other" </dev/null | while read -r kind _ _ path; do
                case $kind:$mine in volume:*"/${path##*/}/"*) echo "$other";; esac
                if [ "$kind" != file ] || [ ! -f "$path" ]; then continue; fi
                { echo "image: $path"; qemu-img info -U --backing-chain "$path" 2>/dev/null </dev/null; } | sed -n 's/^image: //p' |
                    while IFS= read -r file; do
                        case $ids in *" $(stat -L -c %d:%i "$file" 2>/dev/null) "*) echo "$other";; esac
                    done
            done
        done | sort -u | blob users
        if [ -n "${DEV-}" ]; then
            case $(findmnt -n -o MAJ:MIN --mountpoint \(mount.shellQuoted) | tr -d ' ') in
            '') blockdev --flushbufs "$LUN"; dumpe2fs -h "$LUN" 2>/dev/null | blob lun.superblock
                debugfs -c -R 'ls -p /' "$LUN" 2>/dev/null | blob lun.files;;
            *) fact lun.free "$(df -B1 --output=avail \(mount.shellQuoted) | tail -n 1)"
               find \(mount.shellQuoted) -maxdepth 1 -type f -printf '/%i/%m/%U/%G/%f/%s/\\n' | blob lun.files;;
            esac
        fi
        """
    }

    /// What keeps these files from being moved, one line for people each.
    func obstacles(_ observation: Observation, _ domain: DomainDefinition) -> [String] {
        let users = (observation.facts["users"] ?? "").split(whereSeparator: \.isNewline)
        var reasons = users.map { "the machine \($0) uses one of its disks, or is based on it" }
        let found = files(observation)
        // Asked with a definition at hand, or not at all: a probe of an older node says nothing of files.
        guard observation.facts["users"] != nil else { return reasons }
        var need = 0
        for asset in domain.assets where !asset.path.isEmpty {
            switch asset.kind {
            case .disk(let format), .variables(let format):
                guard let file = found[asset.path] else {
                    reasons.append("libvirt does not list its disk \(asset.path)")
                    continue
                }
                if file.kind == "missing", asset.kind == .variables(format: format) {
                    reasons.append(
                        "\(asset.path), its UEFI variables, is not there: start it once (virsh start \(name))")
                    continue
                }
                if let why = file.obstacle(asset, format, mount) {
                    reasons.append(why)
                } else if file.kind != "lun" {
                    guard let room = file.room(format) else {
                        reasons.append("qemu-img cannot say how much room \(asset.path) takes")
                        continue
                    }
                    need += room
                }
            case .file:
                guard let file = found[asset.path] else { continue }
                if file.kind == "missing" { reasons.append("\(asset.path) is not there") } else { need += file.size }
            }
        }
        if let why = room(observation, need, domain) { reasons.append(why) }
        return reasons
    }

    /// The disks that lie on the LUN already; all others are copied.
    static func onLUN(_ observation: Observation) -> Set<String> {
        Set(
            observation.facts.filter { $0.key.hasPrefix("file.") && $0.key.hasSuffix(".kind") && $0.value == "lun" }
                .compactMap { observation.facts[String($0.key.dropLast(5))] })
    }

    /// How much more than the copies themselves must be free, so that the file system does not end up full.
    static let reserve = (percent: 5, bytes: 16 << 20)

    /// A copy of an interrupted attempt counts as free: it is used again, or the work itself refuses, with the machine
    /// still running.
    private func room(_ observation: Observation, _ need: Int, _ domain: DomainDefinition) -> String? {
        guard need > 0, let free = free(observation) else { return nil }
        let names = Set(domain.assets.compactMap { $0.path.split(separator: "/").last.map(String.init) })
        let lines = (observation.facts["lun.files"] ?? "").split(whereSeparator: \.isNewline)
        var copies = 0
        for fields in lines.map({ $0.split(separator: "/") })
        where fields.count == 6 && names.contains(String(fields[4])) {
            copies += Int(fields[5]) ?? 0
        }
        let wanted = need * (100 + Self.reserve.percent) / 100 + Self.reserve.bytes
        if wanted <= free + copies { return nil }
        return "its disks with all that is below them need \(wanted >> 20) MiB, and the LUN has \(free >> 20) MiB free"
    }

    private func free(_ observation: Observation) -> Int? {
        if let free = observation.facts["lun.free"].flatMap({ Int($0) }) { return free }
        var values: [String: Int] = [:]
        for line in (observation.facts["lun.superblock"] ?? "").split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { values[String(parts[0])] = Int(parts[1].filter { $0 != " " }) }
        }
        guard let blocks = values["Free blocks"], let size = values["Block size"] else { return nil }
        return (blocks - (values["Reserved block count"] ?? 0)) * size
    }

    private func files(_ observation: Observation) -> [String: File] {
        var files: [String: File] = [:]
        var number = 1
        while let path = observation.facts["file.\(number)"] {
            files[path] = File(observation.facts, "file.\(number)")
            number += 1
        }
        return files
    }
}

/// One file as its node describes it.
private struct File {
    /// `missing`, `lun` where it lies on the LUN, nil anywhere else.
    var kind: String?
    var size = 0
    private var isKept: Bool
    private var chain: [Image]
    private var need: Int?

    /// What `qemu-img info` says of one layer.
    private struct Image: Decodable {
        struct Specific: Decodable {
            struct Data: Decodable {
                struct Bitmap: Decodable {}
                var bitmaps: [Bitmap]?
                var corrupt: Bool?
            }
            var data: Data?
        }
        struct Snapshot: Decodable {}

        var format: String
        var filename: String
        var encrypted: Bool?
        var snapshots: [Snapshot]?
        var specific: Specific?

        enum CodingKeys: String, CodingKey {
            case format, filename, encrypted, snapshots
            case specific = "format-specific"
        }
    }

    init(_ facts: [String: String], _ key: String) {
        func decode<T: Decodable>(_ type: T.Type, _ name: String) -> T? {
            facts["\(key).\(name)"].flatMap { try? JSONDecoder().decode(type, from: Data($0.utf8)) }
        }
        struct Measure: Decodable { var required: Int }
        kind = facts["\(key).kind"]
        size = facts["\(key).size"].flatMap { Int($0) } ?? 0
        isKept = facts["\(key).kept"] != nil
        chain = decode([Image].self, "chain") ?? []
        need = decode(Measure.self, "need")?.required
    }

    func obstacle(_ asset: DomainDefinition.Asset, _ format: String, _ mount: String) -> String? {
        let path = asset.path
        if kind == "missing" { return "\(path) is not there" }
        if kind == "lun" { return path.hasPrefix(mount + "/") ? nil : "\(path) lies on the LUN under another name" }
        if path.hasPrefix(mount + "/") { return "\(path) lies below \(mount) and not on the LUN" }
        if isKept { return "\(path) and \(path).harun-pre both exist: move one away" }
        guard let top = chain.first else { return "qemu-img cannot read \(path) or what it is based on" }
        // What a guest writes at the start of a raw disk can look like an encrypted one; harun copies it as it is.
        let isRaw = format == "raw" && ["raw", "luks"].contains(top.format)
        if top.format != format, !isRaw { return "\(path) is \(top.format), and the definition says \(format)" }
        if format == "raw" { return asset.backing.map { $0.isEmpty ? nil : layers(path) } ?? nil }
        if chain.contains(where: { $0.encrypted == true }) { return "\(path) is encrypted" }
        if chain.contains(where: { $0.specific?.data?.corrupt == true }) { return "\(path) is marked corrupt" }
        if top.snapshots?.isEmpty == false { return "\(path) holds snapshots, which a copy does not carry" }
        if top.specific?.data?.bitmaps?.isEmpty == false {
            return "\(path) holds bitmaps of incremental backups, which a copy does not carry"
        }
        if let named = asset.backing, named != chain.dropFirst().map(\.filename) { return layers(path) }
        return nil
    }

    private func layers(_ path: String) -> String {
        "the definition names other layers below \(path) than the image itself"
    }

    /// How many bytes a copy takes: of a raw disk all of it, since it may fill up.
    func room(_ format: String) -> Int? { format == "raw" ? size : need }
}
