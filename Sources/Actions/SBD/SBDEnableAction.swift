package import Documents
package import Steps
package import Transport

/// Configures sbd on every node and has it start with the cluster, after the disk and the watchdog are there.
///
/// One judgement for all nodes, before anything is written on any: where sbd runs with other settings and the cluster
/// cannot be restarted now, none of them changes.
///
/// Files and links are taken back exactly, and nothing is stopped for it: what may stay is an sbd that a restart has
/// started since. systemd lets nobody stop it without corosync, and a restart of the whole cluster to take a setting
/// back would be a change of its own, under fencing that is half gone.
package struct SBDEnableAction: Action {
    package static let kind = "sbd.enable"

    private let configuration: SBDConfiguration
    private let peers: [Peer]

    package var summary: String { "configure sbd with \(configuration.title)" }
    package var stepClass: StepClass { .converge }
    package var undo: Undo { .bestEffort("an sbd that runs by now runs on until the cluster is next stopped") }
    package var scope: Scope { .fleet }

    package init?(reading with: TableReader, peers: [Peer]) {
        guard let configuration = SBDConfiguration(reading: with, peers: peers) else { return nil }
        self.configuration = configuration
        self.peers = peers
    }

    package func probe(_ node: NodeName) -> Script { configuration.probe }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        if let obstacles = observations.obstacles(among: peers) { return obstacles }
        if let obstacle = configuration.obstacle(observations, among: peers) {
            return peers.all(.refused("nothing was changed. \(obstacle)"))
        }
        return Dictionary(
            uniqueKeysWithValues: peers.names.compactMap { node in
                observations[node].map { (node, configuration.change(on: node, $0).map { .needed($0) } ?? .satisfied) }
            })
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        let observation = observations[node]
        guard let device = observation?.facts["device"], observation?.facts["wwid"] != nil else { return nil }
        let folder = SBDConfiguration.dropinFolder
        return Script(
            """
            set -e
            \(configuration.lun.findFunction)
            lun_find || refuse 'the disk is gone'
            [ "$LUN" = \(device.shellQuoted) ] || refuse "it is another disk now: $LUN"
            settings=\(SBDConfiguration.settingsFile)
            dropin=\(folder)/harun.conf
            settings_text=\(configuration.settings(of: node, observation).shellQuoted)
            # How long sbd sleeps counts when it starts.
            effective() { grep -v '^[[:space:]]*\\(#\\|$\\|\(SBDConfiguration.startDelay)=\\)' | sort; }
            if [ "$(effective 2>/dev/null <"$settings")" != "$(printf '%s\\n' "$settings_text" | effective)" ]; then
                \(ClusterWait.refuseWhereResourcesRun)
                mkdir -p /run/harun
                : >\(SBDRestartAction.pending)
            fi
            \(PreImage.words)
            enabled() { systemctl is-enabled sbd.service 2>/dev/null || :; }
            keep settings $settings
            keep dropin $dropin
            keep_output enabled enabled
            mkdir -p \(folder)
            printf '%s\\n' "$settings_text" >$settings.harun && mv $settings.harun $settings
            printf '%s\\n' \(configuration.dropin(observation).shellQuoted) >$dropin
            \(Systemctl.enable) sbd.service
            """, timeout: .seconds(180))
    }

    /// Refuses where an sbd runs that does not fit what would be put back: the settings would lie from then on.
    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(PreImage.words)
            kept enabled || exit 0
            read -r was <"$pre/enabled" || was=
            \(fits)
            set -e
            case $was in enabled|'') ;; *) \(Systemctl.disable) --no-reload sbd.service;; esac
            put_back settings \(SBDConfiguration.settingsFile)
            folder=\(SBDConfiguration.dropinFolder)
            [ ! -d $folder ] || put_back dropin $folder/harun.conf
            rmdir $folder 2>/dev/null || :
            rm -f \(SBDRestartAction.pending)
            systemctl daemon-reload
            """, timeout: .seconds(120))
    }

    /// With sbd as it was before, the running one must read the disk and hold the watchdog that it had then; without,
    /// Pacemaker must not believe in a fence through it any more.
    private var fits: String {
        """
        opened() {
            for folder in /proc/[0-9]*; do
                comm=; read -r comm 2>/dev/null <"$folder/comm" || :
                [ "$comm" = sbd ] || continue
                for file in "$folder"/fd/*; do ! test "$1" "$file" || readlink -f "$file"; done
            done | sort -u
        }
        resolved() { for name; do readlink -f "$name"; done | sort -u; }
        if [ "$was" != enabled ]; then
            cib=/var/lib/pacemaker/cib/cib.xml
            if { cibadmin --query --scope resources 2>/dev/null || cat $cib 2>/dev/null; } | grep -q 'type="fence_sbd"'; then
                refuse 'Pacemaker still fences through sbd: its fencing device is removed first'
            fi
        elif systemctl is-active --quiet sbd.service; then
            SBD_DEVICE=; SBD_WATCHDOG_DEV=
            [ ! -r "$pre/settings" ] || . "$pre/settings"
            # shellcheck disable=SC2046
            [ "$(opened -b)" = "$(resolved $(printf '%s' "$SBD_DEVICE" | tr ';' ' '))" ] ||
                refuse "sbd runs with $(opened -b | tr '\\n' ' ')and the settings before name ${SBD_DEVICE:-no disk}: stop the cluster (pcs cluster stop --all), take it back, start it again"
            opened -c | grep -qxF "$(readlink -f "${SBD_WATCHDOG_DEV:-/dev/watchdog}")" ||
                refuse "sbd does not hold the watchdog that the settings before name, ${SBD_WATCHDOG_DEV:-/dev/watchdog}: stop the cluster (pcs cluster stop --all), take it back, start it again"
        fi
        """
    }
}
