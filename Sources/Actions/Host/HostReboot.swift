package import Documents
package import Steps
package import Transport

/// Reboots a node where a unit that only a boot brings up is not active, and proves that it came back.
///
/// `graphical.target` is active on a plain Debian server, without anything graphical: so a display manager that was installed since
/// the last boot asks for a reboot too. It counts as tried, whatever came of it: a host without a screen must not reboot for ever.
package struct HostReboot: Procedure {
    package static let kind = "host.reboot"

    private let unit: String

    package let stepClass = StepClass.once
    package let undo = Undo.nothing
    package let scope = Scope.node
    package var summary: String { "reboot until \(unit) is active" }
    package var consequence: String? { "reboots nodes on which \(unit) is not active, one after the other" }

    package init?(reading with: TableReader, peers: [Peer]) {
        guard let unit = with.requiredString("until_active") else { return nil }
        guard unit.isUnitName else {
            with.fail("`until_active` must be a unit such as \"graphical.target\"", at: with.location)
            return nil
        }
        self.unit = unit
    }

    /// Refuses where something runs that a reboot would take down.
    private static let guards = """
        \(RunningGuests.words)
        guard() {
            find_guests; guest=${guests%% *}
            [ -z "$guest" ] ||
                refuse "the virtual machine $guest runs here and a reboot would stop it; type: virsh shutdown $guest"
            systemctl is-active --quiet pacemaker || return 0
            status=$(crm_mon -1 --output-as=xml 2>/dev/null) ||
                refuse 'pacemaker runs here but does not say what it runs; look at crm_mon'
            read -r me </proc/sys/kernel/hostname; me=${me%%.*}; resource=
            while read -r line; do
                case $line in
                *'<resource '*resource_agent=\\"stonith:*) resource=;;
                *'<resource '*) resource=${line#*<resource id=\\"}; resource=${resource%%\\"*};;
                *'<node name="'"$me"'"'*cached=*)
                    [ -z "$resource" ] ||
                        refuse "the cluster runs $resource here; type: pcs node standby $me, and wait until it has moved"
                    ;;
                esac
            done <<END
        $status
        END
        }
        """

    /// `is_up`: whether this boot brought up all it has to; `why` says what it did not.
    private var isUp: String {
        let isActive = """
            is_active() {
                why=\("\(unit) is not active".shellQuoted)
                systemctl is-active --quiet \(unit.shellQuoted)
            }
            """
        guard unit == "graphical.target" else { return isActive + "\nis_up() { is_active; }" }
        return isActive + """

            is_up() {
                is_active || return 1
                why='a display manager was installed since the last boot'
                state=$(systemctl show -p LoadState -p ConditionTimestampMonotonic display-manager.service)
                case $state in *LoadState=loaded*) ! echo "$state" | grep -qx ConditionTimestampMonotonic=0;; esac
            }
            """
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(Self.guards)
            \(isUp)
            read -r boot </proc/sys/kernel/random/boot_id
            fact boot_id "$boot"
            ! is_up || satisfied
            if [ -r "${HARUN_STATE:-/dev/null}/ordered" ]; then
                read -r ordered since <"$HARUN_STATE/ordered"
                [ "$ordered" = "$boot" ] || case $(systemctl is-system-running) in
                    initializing|starting) ;;
                    *) fact rebooted yes;;
                esac
            fi
            guard
            needed "$why"
            """)
    }

    /// Where it was told to reboot it is waited for; a node that booted since, in vain, has had its reboot.
    package func neededIsProof(_ observations: [NodeName: Observation]) -> Bool {
        observations.values.allSatisfy { $0.facts["rebooted"] == nil }
    }

    /// Asks for the reboot from a timer of systemd, so that this very command still ends and is heard.
    ///
    /// The boot in which it was asked for is kept on the node: a run that is resumed in the middle of the
    /// reboot, or while the node is still coming up, waits for that one and asks for no other.
    var order: Script {
        Script(
            """
            \(Self.guards)
            \(isUp)
            unit=\(unit.shellQuoted)
            ! is_up || satisfied
            read -r boot </proc/sys/kernel/random/boot_id
            read -r up _ </proc/uptime; up=${up%%.*}; ordered=; since=0
            [ ! -r "$HARUN_STATE/ordered" ] || read -r ordered since <"$HARUN_STATE/ordered"
            case $ordered in
            '') ;;
            "$boot") [ $((up - since)) -ge 300 ] || { fact boot_id "$boot"; satisfied; };;
            *) case $(systemctl is-system-running) in
                initializing|starting) fact boot_id "$ordered"; satisfied;;
                esac;;
            esac
            guard
            case $unit in *.target)
                target=$(systemctl get-default) || exit 1
                [ "$target" = "$unit" ] ||
                    refuse "a reboot would not help: this node boots into $target; type: systemctl set-default $unit"
                ;;
            esac
            umask 077; mkdir -p "$HARUN_STATE" && echo "$boot $up" >"$HARUN_STATE/ordered" &&
                sync "$HARUN_STATE/ordered" || exit 1
            systemd-run --quiet --collect --on-active=1 systemctl reboot || exit 1
            fact boot_id "$boot"
            """)
    }

    private var look: Script {
        Script(
            """
            read -r boot </proc/sys/kernel/random/boot_id
            fact boot_id "$boot"
            fact system "$(systemctl is-system-running)"
            fact unit "$(systemctl is-active \(unit.shellQuoted))"
            satisfied
            """, timeout: .seconds(15))
    }

    package func perform(
        on node: NodeName, _ observations: [NodeName: Observation], in context: any ProcedureContext
    ) async throws(ProcedureFailure) -> [String: String] {
        let answer = Observation(result: try await context.run(order, on: node))
        if case .refused(let why) = answer.verdict { throw ProcedureFailure("\(node): \(why)") }
        guard answer.verdict == .satisfied else {
            throw ProcedureFailure("\(node) could not be told to reboot: \(answer.verdict.reason)")
        }
        guard let old = answer.facts["boot_id"] else { return [:] }
        let look = look
        context.progress("\(node) goes down")
        _ = try await context.wait(for: "\(node) to go down", within: .seconds(300), every: .seconds(1)) {
            () async throws(ProcedureFailure) -> Bool? in
            do throws(ProcedureFailure) {
                let seen = Observation(result: try await context.run(look, on: node))
                return seen.code == nil || seen.facts["boot_id"].map { $0 != old } == true ? true : nil
            } catch {
                return true
            }
        }
        try await context.reconnect(node, within: .seconds(600))
        let boot = try await context.wait(
            for: "\(node) to be up with \(unit) active", within: .seconds(600), every: .seconds(2)
        ) { () async throws(ProcedureFailure) -> String? in
            let seen: Observation
            do throws(ProcedureFailure) {
                seen = Observation(result: try await context.run(look, on: node))
            } catch {
                try await context.reconnect(node, within: .seconds(600))
                return nil
            }
            guard let boot = seen.facts["boot_id"], boot != old, seen.facts["unit"] == "active" else { return nil }
            return ["running", "degraded"].contains(seen.facts["system"]) ? boot : nil
        }
        return ["boot_id": boot]
    }
}
