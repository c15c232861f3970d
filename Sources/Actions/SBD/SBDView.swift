package import Steps
import Transport

/// How one node is fenced, asked where it is true: the sbd that runs, its settings, the disk, Pacemaker's device.
///
/// The disks and the watchdog of the running sbd come from its open files. Its command line does not name them, its
/// environment is overwritten by its title, and the settings may have been written since it started.
package struct SBDView: Sendable, Hashable {
    /// A process of sbd that reads one disk.
    package struct Watcher: Sendable, Hashable {
        /// As sbd was given it.
        package var name: String
        /// The header's, when the process started.
        package var uuid: String?
        /// The numbers of the block devices that it holds open.
        package var numbers: Set<String>
    }

    package var isRunning = false
    package var watchers: [Watcher] = []
    /// The numbers of the character devices that sbd holds open, the watchdog among them.
    package var held: Set<String> = []
    /// Nil where there is no `/etc/default/sbd`.
    package var settings: SBDSettings?
    /// Of the first disk in the settings; nil where there is none to be read.
    package var header: SBDHeader?
    /// The disks that Pacemaker writes to when it fences; nil where the cluster gives no configuration.
    package var fencingDevices: [String]?
    /// The numbers of the node's disks and watchdogs, by each of their names.
    package var numbers: [String: String] = [:]

    /// Reports what runs and the settings on a node.
    package static let running = ProbeQuestion(runningWords())

    /// - Parameter root: in front of `/proc`, `/dev` and `/etc`, for tests.
    static func runningWords(root: String = "") -> String {
        """
        set --; open=
        for folder in \(root)/proc/[0-9]*; do
            comm=; read -r comm 2>/dev/null <"$folder/comm" || :
            [ "$comm" = sbd ] || continue
            set -- "$@" "$folder/cmdline"; open="$open $folder/fd/*"
        done
        [ $# = 0 ] || head -vc 4096 "$@" 2>/dev/null | blob sbd_processes
        # shellcheck disable=SC2086
        stat -L -c '%F|%t:%T|%n' $open \(root)/dev/disk/by-*/* \(root)/dev/mapper/* \(root)/dev/dm-* \(root)/dev/[shv]d* \\
            \(root)/dev/xvd* \(root)/dev/nvme* \(root)/dev/watchdog* 2>/dev/null | blob sbd_devices
        [ ! -r \(root)/etc/default/sbd ] || blob sbd <\(root)/etc/default/sbd
        set --; unset open folder comm
        """
    }

    /// Shell source that reports besides ``running`` the disk's header and the disk that Pacemaker writes to.
    ///
    /// It reads the settings into variables of their own names.
    static func deviceWords(root: String = "") -> String {
        """
        SBD_DEVICE=; [ ! -r \(root)/etc/default/sbd ] || . \(root)/etc/default/sbd
        if [ -n "$SBD_DEVICE" ]; then
            sbd -d "${SBD_DEVICE%%;*}" dump 2>/dev/null | blob dump
            sbd -d "${SBD_DEVICE%%;*}" list 2>/dev/null | blob list
        fi
        cibadmin --query --scope resources 2>/dev/null | secret resources
        """
    }

    /// Reads what the probe reported.
    package init(_ observation: Observation) {
        settings = observation.facts["sbd"].map(SBDSettings.init(parsing:))
        header = observation.facts["dump"].flatMap { SBDHeader(dump: $0, list: observation.facts["list"] ?? "") }
        fencingDevices = observation.secrets["resources"].flatMap { Self.fencingDevices($0, else: settings?.devices) }
        var open: [String: Set<String>] = [:]
        for line in (observation.facts["sbd_devices"] ?? "").split(separator: "\n") {
            let fields = line.split(separator: "|", maxSplits: 2).map(String.init)
            guard fields.count == 3, fields[0].hasSuffix("special file") else { continue }
            let number = "\(fields[0].prefix(1)) \(fields[1])"
            if let process = Self.process(of: fields[2], below: "fd") {
                open[process, default: []].insert(number)
            } else if let start = fields[2].firstRange(of: "/dev/") {
                numbers[String(fields[2][start.lowerBound...])] = number
            }
        }
        for (process, title) in Self.titles(observation.facts["sbd_processes"] ?? "") {
            let files = open[process] ?? []
            if title.hasPrefix("sbd: inquisitor") { isRunning = true }
            if title.hasPrefix("sbd: ") { held.formUnion(files.filter { $0.hasPrefix("c ") }.map(canonical)) }
            if let watcher = Watcher(title: title, holding: files.filter { $0.hasPrefix("b ") }) {
                watchers.append(watcher)
            }
        }
        watchers.sort { $0.name < $1.name }
    }

    /// In which way the sbd that runs was started with another disk or watchdog than its settings name now.
    ///
    /// None where there are no settings or nothing runs.
    func drift(on node: NodeName) -> [String] {
        guard let settings, isRunning else { return [] }
        var result: [String] = []
        let set = Set(settings.devices.map { number(of: $0) ?? "" })
        if watched != set {
            let names = watched.sorted().map(name).joined(separator: ", ")
            result.append(
                "sbd on \(node) watches \(names.isEmpty ? "no disk" : names), its settings name "
                    + (settings.devices.isEmpty ? "none" : settings.devices.joined(separator: ", ")))
        }
        guard let number = number(of: settings.watchdog) else {
            return result + ["\(node) has no \(settings.watchdog), the watchdog in its settings of sbd"]
        }
        if held.contains(number) { return result }
        let others = numbers.filter { $0.key.hasPrefix("/dev/watchdog") && held.contains($0.value) }.keys.sorted()
        return result + [
            "sbd on \(node) holds \(others.isEmpty ? "no watchdog" : others.joined(separator: ", ")), its settings name "
                + settings.watchdog
        ]
    }

    /// The numbers of the disks that sbd reads.
    var watched: Set<String> { watchers.reduce(into: []) { $0.formUnion($1.numbers) } }

    /// The number of a device; the two names of the first watchdog are one.
    func number(of name: String) -> String? {
        numbers[name].map(canonical)
    }

    private func canonical(_ number: String) -> String {
        number == "c a:82" ? numbers["/dev/watchdog0"] ?? number : number
    }

    /// The name of a device for people: its identity where it has one.
    func name(of number: String) -> String {
        let names = numbers.filter { $0.value == number }.keys.sorted()
        return names.first { $0.hasPrefix("/dev/disk/by-id/wwn-") } ?? names.min { $0.count < $1.count }
            ?? "a device that is gone (\(number.dropFirst(2)))"
    }

    /// The agent takes the disks of the node's settings where its device names none.
    private static func fencingDevices(_ xml: String, else settings: [String]?) -> [String]? {
        guard let tree = XMLTree(parsing: xml) else { return nil }
        return tree.descendants("primitive").filter { $0["type"] == "fence_sbd" }.flatMap { device in
            device.descendants("nvpair").first { $0["name"] == "devices" }.map { SBDSettings.list($0["value"] ?? "") }
                ?? settings ?? []
        }
    }

    /// `12` of `/proc/12/fd/3`, where the second name is the one that is asked for.
    private static func process(of path: String, below name: String) -> String? {
        let parts = path.split(separator: "/")
        guard let place = parts.firstIndex(of: "proc"), place + 2 < parts.endIndex, parts[place + 2] == name
        else { return nil }
        return String(parts[place + 1])
    }

    /// The titles of processes by their numbers, from `head -v` of their command lines.
    private static func titles(_ text: String) -> [(process: String, title: String)] {
        var result: [(process: String, title: String)] = []
        for line in text.split(separator: "\n") {
            if line.hasPrefix("==> "), line.hasSuffix(" <==") {
                result.append((process(of: String(line.dropFirst(4).dropLast(4)), below: "cmdline") ?? "", ""))
            } else if !result.isEmpty {
                result[result.count - 1].title += line.prefix { $0 != "\0" }
            }
        }
        return result
    }
}

extension SBDView.Watcher {
    /// Reads `sbd: watcher: /dev/… - slot: 0 - uuid: …`; nil for every other title.
    fileprivate init?(title: String, holding numbers: Set<String>) {
        guard let match = title.wholeMatch(of: #/sbd: watcher: (/.*?) - slot: \d+(?: - uuid: ([0-9a-f\-]+))?\s*/#)
        else { return nil }
        self.init(name: String(match.1), uuid: match.2.map(String.init), numbers: numbers)
    }
}
