package import Documents
package import Transport

/// Configures sbd on a node and has it start with the cluster, after the disk and the watchdog are there.
///
/// Files and links are taken back exactly. What may stay is an sbd that a restart of the cluster has started
/// since: systemd lets nobody stop it without corosync, and a restart of the whole cluster to take a setting back
/// would be a change of its own, under fencing that is half gone.
///
/// The same settings as `pcs stonith sbd enable` writes, but each node on its own: pcs asks every pcsd in
/// turn. See docs/decisions/0005-cluster-files-without-pcs.md.
package struct SBDEnableAction: Action {
    package static let kind = "sbd.enable"

    private let lun: LUNReference
    private let watchdog: String
    private let timeouts: SBDTimeouts
    private let delayStart: Bool

    package var summary: String { "configure sbd with \(lun.title) and \(watchdog)" }
    package var stepClass: StepClass { .converge }
    package var undo: Undo { .bestEffort("an sbd that runs by now runs on until the cluster is next stopped") }
    package var scope: Scope { .node }

    package init?(reading with: TableReader, peers: [Peer]) {
        let lun = LUNReference(reading: with)
        let watchdog = with.requiredString("watchdog")
        let timeouts = SBDTimeouts(reading: with)
        delayStart = with.boolean("delay_start") ?? true
        guard let lun, let watchdog, let timeouts else { return nil }
        self.lun = lun
        self.watchdog = watchdog
        self.timeouts = timeouts
    }

    /// Sets `settings_text` and `dropin_text` to what the files must hold, for the LUN in `$LUN`.
    ///
    /// `SBD_DELAY_START` keeps a node that boots faster than its fence is waited for from joining before
    /// the others count it as off. Loss of the disk's unit must never stop sbd, so it is only waited for.
    private func expected(_ node: NodeName) -> String {
        """
        settings=/etc/default/sbd
        dropin=/etc/systemd/system/sbd.service.d/harun.conf
        settings_text="# Written by harun; the packaged file explains each setting.
        SBD_DELAY_START=\(delayStart ? "yes" : "no")
        SBD_DEVICE=\\"$LUN\\"
        SBD_OPTS=\\"-n \(node.text)\\"
        SBD_PACEMAKER=yes
        SBD_STARTMODE=always
        SBD_WATCHDOG_DEV=\(watchdog)
        SBD_WATCHDOG_TIMEOUT=\(timeouts.watchdog)"
        dropin_text="# Written by harun: at boot the disk comes first, by its iSCSI login.
        [Unit]
        Wants=open-iscsi.service dev-disk-by\\\\x2did-wwn\\\\x2d${WWID}.device
        After=open-iscsi.service iscsid.service multipathd.service dev-disk-by\\\\x2did-wwn\\\\x2d${WWID}.device"
        """
    }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(lun.findFunction)
            lun_find || refuse \("this node does not see \(lun.title)".shellQuoted)
            [ -f /lib/systemd/system/sbd.service ] || refuse 'sbd is not installed'
            \(expected(node))
            for file in $settings $dropin; do [ -f "$file" ] || needed 'sbd is not configured'; done
            [ "$(cat $settings $dropin)" = "$settings_text
            $dropin_text" ] || needed 'sbd is configured in another way'
            [ -L /etc/systemd/system/corosync.service.requires/sbd.service ] || needed 'sbd does not start with the cluster'
            satisfied
            """)
    }

    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        Script(
            """
            set -e
            \(lun.findFunction)
            lun_find || refuse 'the disk is gone'
            \(expected(node))
            \(PreImage.words)
            enabled() { systemctl is-enabled sbd.service 2>/dev/null || :; }
            keep settings $settings
            keep dropin $dropin
            keep_output enabled enabled
            mkdir -p /run/harun "${dropin%/*}"
            : >\(SBDRestartAction.pending)
            printf '%s\\n' "$settings_text" >$settings.harun && mv $settings.harun $settings
            printf '%s\\n' "$dropin_text" >$dropin
            \(Systemctl.enable) sbd.service
            """, timeout: .seconds(180))
    }

    /// sbd comes and goes with corosync, so the cluster stops for it where it runs, and starts again without it.
    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(PreImage.words)
            kept enabled || exit 0
            if systemctl is-active --quiet sbd.service; then
                \(ClusterWait.refuseWhereResourcesRun)
                : >"$HARUN_STATE/ran" && systemctl stop pacemaker.service corosync.service || exit 1
            fi
            set -e
            read -r was <"$pre/enabled" || was=
            case $was in enabled|'') ;; *) \(Systemctl.disable) --no-reload sbd.service;; esac
            put_back settings /etc/default/sbd
            folder=/etc/systemd/system/sbd.service.d
            [ ! -d $folder ] || put_back dropin $folder/harun.conf
            rmdir $folder 2>/dev/null || :
            rm -f \(SBDRestartAction.pending)
            systemctl daemon-reload
            [ ! -e "$HARUN_STATE/ran" ] || { \(ClusterWait.start); rm "$HARUN_STATE/ran"; }
            """, timeout: .seconds(300))
    }
}
