import Documents
import SSHConfig
import Settings
import Transport

/// Lists the settings of a fleet for `${section.key}` in runbooks.
///
/// Secrets have no place here: what is listed is shown in plans, journals and reports.
struct VariableTree {
    private let fleet: Fleet

    init(_ fleet: Fleet) { self.fleet = fleet }

    /// The sections that are there, with defaults filled in.
    var table: Table {
        var entries: [Table.Entry] = []
        add(
            "cluster", fleet.cluster.map { [("name", .string($0.name)), ("start_at_boot", .boolean($0.startAtBoot))] },
            to: &entries)
        add("ssh", ssh, to: &entries)
        add("desktop", fleet.desktop.map(desktop), to: &entries)
        add("iscsi", fleet.iscsi.map(iscsi), to: &entries)
        add("storage", fleet.storage.map(storage), to: &entries)
        add("fencing", fleet.fencing.map(fencing), to: &entries)
        add("vm", fleet.vm.map(machine), to: &entries)
        add("address", fleet.address.map(address), to: &entries)
        add("failover", failover, to: &entries)
        return Table(entries, at: start)
    }

    private typealias Setting = (key: String, content: Value.Content)

    private var start: SourceLocation { fleet.sections.location }

    private func add(_ name: String, _ settings: [Setting]?, to entries: inout [Table.Entry]) {
        guard let settings else { return }
        entries.append(entry(name, settings, given: fleet.sections[name]?.table, at: start))
    }

    /// A setting has the place where it was written, a default that of its section.
    private func entry(_ name: String, _ settings: [Setting], given: Table?, at place: SourceLocation) -> Table.Entry {
        let place = given?.location ?? place
        let entries = settings.map { setting in
            if case .table(let table) = setting.content {
                let inner = table.entries.map { Setting($0.key, $0.value.content) }
                return entry(setting.key, inner, given: given?[setting.key]?.table, at: place)
            }
            let location = given?[setting.key]?.location ?? place
            return Table.Entry(key: setting.key, keyLocation: location, value: Value(setting.content, at: location))
        }
        return Table.Entry(key: name, keyLocation: place, value: Value(.table(Table(entries, at: place)), at: place))
    }

    private func strings(_ texts: [String]) -> Value.Content {
        .array(texts.map { Value(.string($0), at: start) })
    }

    private var ssh: [Setting] {
        var settings: [Setting] = [("user", .string(fleet.ssh.user)), ("port", .integer(Int(fleet.ssh.port)))]
        if let identity = fleet.ssh.identities.first { settings.append(("identity", .string(identity))) }
        settings.append(("sudo", .string((fleet.ssh.sudo?.value ?? .all).rawValue)))
        if let jump = fleet.ssh.jump?.value {
            settings.append(("jump", .string(jump.isEmpty ? "none" : jump.map(\.description).joined(separator: ","))))
        }
        return settings + [("known_hosts", .string(fleet.ssh.knownHosts))]
    }

    private func desktop(_ desktop: Desktop) -> [Setting] {
        let install: Value.Content =
            switch desktop.install {
            case .all: .string("all")
            case .none: .string("none")
            case .nodes(let names): strings(names.map(\.text))
            }
        return [("install", install), ("packages", strings(desktop.packages))]
    }

    private func iscsi(_ iscsi: ISCSI) -> [Setting] {
        var settings: [Setting] = [("portal", .string(iscsi.portal.description)), ("target", .string(iscsi.target))]
        if let chap = iscsi.chap {
            // Where the password is, never the password.
            let source: (String, Value.Content) =
                switch chap.password {
                case .env(let name): ("env", .string(name))
                case .file(let path): ("file", .string(path))
                case .terminal: ("terminal", .boolean(true))
                }
            let place = Table([entry(source.0, source.1)], at: start)
            settings.append(
                (
                    "chap",
                    .table(Table([entry("user", .string(chap.user)), entry("password", .table(place))], at: start))
                ))
        }
        return settings
    }

    private func entry(_ key: String, _ content: Value.Content) -> Table.Entry {
        Table.Entry(key: key, keyLocation: start, value: Value(content, at: start))
    }

    private func unit(_ unit: LogicalUnit?) -> [Setting] {
        switch unit {
        case .lun(let number, let wwid):
            [("lun", .integer(number))] + (wwid.map { [("wwid", .string($0))] } ?? [])
        case .wwid(let text): [("wwid", .string(text))]
        case nil: []
        }
    }

    private func storage(_ storage: Storage) -> [Setting] {
        unit(storage.unit) + [
            ("filesystem", .string(storage.filesystem)), ("mount", .string(storage.mount)),
            ("format", .string(storage.format.text)), ("read_limit", .string(storage.readLimit.shorthand)),
        ] + (storage.mmp.map { [("mmp", .boolean($0))] } ?? [])
    }

    private func fencing(_ fencing: Fencing) -> [Setting] {
        [("method", .string(fencing.method.rawValue))] + unit(fencing.unit) + [
            ("watchdog", .string(fencing.watchdog)), ("accept_data_loss", .boolean(fencing.acceptDataLoss)),
        ]
    }

    private func machine(_ vm: VirtualMachine) -> [Setting] {
        [("name", .string(vm.name)), ("source", .string(vm.source.text))]
    }

    private func address(_ address: Address) -> [Setting] {
        var settings: [Setting] = [("ip", .string(address.floating.description))]
        if let interface = address.interface { settings.append(("interface", .string(interface))) }
        return settings
    }

    private var failover: [Setting]? {
        guard let failover = fleet.failover else { return nil }
        let given = fleet.sections["failover"]?.table?["budget"]?.string
        return [
            ("budget", .string(given ?? "\(Int(failover.budget.inSeconds))s")),
            ("probe", .string(failover.probe.description)),
        ]
    }
}
