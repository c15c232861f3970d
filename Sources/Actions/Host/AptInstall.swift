package import Documents
package import Steps
package import Transport

/// Installs packages without ever asking a question, and can take away exactly what it brought.
///
/// What it brought is never guessed from what is there: see ``AptRecord``, and `docs/decisions/0017-what-apt-brought.md`.
package struct AptInstall: Action {
    package static let kind = "apt.install"

    private var packages: [PackageChoice]
    private let recommends: Bool
    private let isAhead: Bool
    /// The machine whose definition asks for more.
    private var vm: String?

    package let stepClass = StepClass.converge
    package let undo = Undo.bestEffort(
        "packages that this step added are removed, and purged where no data is in their folders; what others have "
            + "installed, asked for or need since, and what was upgraded on the way, stays")
    /// What a machine needs is known where its definition is, and wanted on the other nodes.
    package var scope: Scope { vm == nil ? .node : .fleet }
    package var summary: String {
        "install \(packages.map(\.text).joined(separator: " "))" + (vm.map { " and what \($0) needs" } ?? "")
    }

    package init?(reading with: TableReader, peers: [Peer]) {
        let names = with.names("packages", what: "name of a package") { PackageChoice($0) != nil }
        recommends = with.boolean("recommends") ?? true
        isAhead = with.boolean("ahead") ?? false
        vm = with.machine("vm")
        if with.value("packages") == nil { _ = with.required("packages") }
        guard let names else { return nil }
        if names.isEmpty { with.fail("`packages` must not be empty", at: with.location) }
        if names.isEmpty { return nil }
        packages = names.compactMap(PackageChoice.init)
    }

    package func takingAlong(_ later: any Action) -> any Action {
        guard isAhead, let later = later as? AptInstall, later.recommends == recommends else { return self }
        guard vm == nil || later.vm == nil || vm == later.vm else { return self }
        var action = self
        action.packages += later.packages.filter { !packages.contains($0) }
        action.vm = vm ?? later.vm
        return action
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(PackageChoice.look(for: packages, also: vm == nil ? [] : DomainPackages.all))
            \(AptRecord.isFresh)
            look
            \(definitions)
            [ -n "$missing" ] || satisfied
            # As apt would do it just now; it waits for no lock, and changes nothing.
            # shellcheck disable=SC2086
            if plan=$(LC_ALL=C.UTF-8 apt-get -s -q \(flags) install $missing 2>&1); then
                \(AptRecord.readPlan)
                fact brings "${brings# }"
                [ -z "$gone" ] || refuse "apt would remove$gone to install $missing; look at it there: \\
            apt-get update && apt-get -s install $missing"
            elif is_fresh; then
                why=${plan##*E: }
                refuse "apt cannot install $missing: $(printf %s "$why" | tr '\\n' ' '); where its name is right, type there: \\
            apt-get update && apt-get -s install $missing"
            fi
            needed "not installed: $missing"
            """)
    }

    /// Tells what of ``DomainPackages`` is installed, and the machine's definition where this node has it: libvirt's own, or the
    /// one that the cluster starts it from.
    private var definitions: String {
        guard let vm else { return "" }
        let files = ["/etc/libvirt/qemu/\(vm).xml", ServiceResources.definition(vm)]
        return """
            fact installed "$installed"
            fact offered "$offered"
            for file in \(files.shellWords); do
                # Passwords may be in it.
                [ ! -r "$file" ] || { \(DomainDefinition.printed(from: "\"$file\"")) | secret definition; break; }
            done
            """
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        let wanted = machine(observations)
        return observations.mapValues { observation in
            let names = wanted.compactMap { $0.missing(observation) }.joined(separator: " ")
            guard !names.isEmpty else { return observation.verdict }
            switch observation.verdict {
            case .satisfied: return .needed("not installed, and \(vm ?? "the machine") needs it: \(names)")
            case .needed(let why): return .needed("\(why) \(names)")
            case let other: return other
            }
        }
    }

    /// What the machine needs, by the definition that any node has.
    private func machine(_ observations: [NodeName: Observation]) -> [PackageChoice] {
        let definitions = observations.sorted { $0.key < $1.key }.compactMap { $0.value.secrets["definition"] }
        return DomainPackages.needed(by: definitions)
    }

    /// The host's own settings may say otherwise.
    private var flags: String {
        "--no-install-suggests \(recommends ? "--install-recommends" : "--no-install-recommends")"
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        // The journal keeps this script before the node hears of it, and with it what apt means to bring.
        let brings = observations[node]?.words("brings").filter { $0.wholeMatch(of: /[a-z0-9+.~:=\-]+/) != nil } ?? []
        let wanted = packages + machine(observations).filter { !packages.contains($0) }
        return Script(
            """
            \(PackageChoice.look(for: wanted))
            # As apt saw it before: \(brings.isEmpty ? "nothing is known" : brings.joined(separator: " "))
            pre=$HARUN_STATE/pre
            \(AptRecord.environment)
            \(AptRecord.isFresh)
            updated=
            # A source that cannot be reached keeps nobody from what the others have.
            update() {
                updated=yes
                # Descriptions are for people, and some megabytes; those that are there stay.
                apt update -o Acquire::Languages=none -o APT::Get::List-Cleanup=0 --error-on=any >"$HARUN_STATE/update" 2>&1; code=$?
                sed 's/^[EW]: /warning: /' "$HARUN_STATE/update"
                [ "$code" != 0 ] || date +%s >"$stamp"
            }
            \(AptRecord.waitingDpkg)
            \(AptRecord.folders)
            simulate() {
                look
                # shellcheck disable=SC2086
                plan=$(apt -s \(flags) install $missing 2>&1)
            }
            # What is there stays in its version.
            install() {
                # shellcheck disable=SC2016
                logger='exec dd of="$HARUN_STATE/dpkg.$number" bs=4096 oflag=append,dsync conv=notrunc status=none'
                # shellcheck disable=SC2086
                apt --no-remove -o DPkg::Pre-Install-Pkgs::="$HARUN_STATE/hook" \\
                    -o "DPkg::Tools::Options::$HARUN_STATE/hook::Version=3" -o "Dpkg::Options::=--status-logger=$logger" \\
                    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \\
                    \(flags) install $missing </dev/null
            }
            mkdir -p /var/lib/harun "$pre" || exit 1
            unlocked || exit 1
            # Packages that an attempt of harun's left half-configured are its own, and it finishes them.
            [ ! -e /var/lib/harun/apt-running ] || waiting_dpkg --configure -a --force-confdef --force-confold || exit 1
            is_fresh || update
            simulate || { [ -z "$updated" ] && update && simulate; } || { printf '%s\\n' "$plan"; exit 1; }
            \(AptRecord.readPlan)
            [ -z "$gone" ] || refuse "apt would remove$gone to install $missing; nothing was done"
            number=1; while [ -e "$pre/set.$number" ]; do number=$((number + 1)); done; export number
            begun=$pre/set.$number
            cat >"$HARUN_STATE/hook" <<'HOOK'
            \(AptRecord.hook)
            HOOK
            chmod 700 "$HARUN_STATE/hook" || exit 1
            for name in $missing; do
                case $name in lightdm|gdm3|sddm)
                    printf '%s shared/default-x-display-manager select %s\\n' "$name" "$name" | debconf-set-selections
                    break;;
                esac
            done
            # While this mark is there, what is half-configured is harun's own.
            : >/var/lib/harun/apt-running
            install
            rc=$?
            # An archive that is not there any more; nothing was begun.
            if [ "$rc" != 0 ] && [ ! -e "$begun" ]; then update; install; rc=$?; fi
            [ -e "$begun" ] || { [ "$rc" != 0 ] || rm -f /var/lib/harun/apt-running; exit "$rc"; }
            # What came as somebody's dependency and is wanted now would go with that one.
            # shellcheck disable=SC2086
            [ "$rc" != 0 ] || apt-mark manual $names || exit 1
            # apt writes its marks at its end; those of one that failed are not looked at.
            if [ "$rc" = 0 ]; then : >"$HARUN_STATE/done.$number"; fi
            apt-mark showmanual >"$HARUN_STATE/marks.new" && mv "$HARUN_STATE/marks.new" "$HARUN_STATE/marks.$number" || exit 1
            # The files that came with these packages: what else is in their folders one day is somebody's data.
            places <"$begun" >"$HARUN_STATE/places.$number" &&
                found_files -cnewer "$begun" <"$HARUN_STATE/places.$number" >"$HARUN_STATE/files.new" &&
                mv "$HARUN_STATE/files.new" "$HARUN_STATE/files.$number" || exit 1
            [ "$rc" != 0 ] || rm -f /var/lib/harun/apt-running
            exit "$rc"
            """, timeout: .seconds(45 * 60), isLong: true)
    }

    package func undo(_ node: NodeName) -> Script? {
        AptRemoval.script(names: PackageChoice.all(of: packages + (vm == nil ? [] : DomainPackages.all)))
    }
}
