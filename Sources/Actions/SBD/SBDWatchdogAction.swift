package import Documents
package import Steps
package import Transport

/// Makes sure that there is a watchdog, now and after each boot, before sbd.
///
/// A hardware watchdog is used as it is. Where the device does not exist, the kernel's `softdog` is
/// loaded, by a small unit that sbd wants: Ubuntu puts `softdog` on the blacklist that
/// `/etc/modules-load.d` obeys and an explicit `modprobe` does not. It is loaded so that sbd can put it to rest: by
/// some kernels' default (`nowayout`) an orderly stop of the cluster would reset the node. An sbd that dies cannot.
package struct SBDWatchdogAction: Action {
    package static let kind = "sbd.watchdog"

    private let device: String

    package var summary: String { "have the watchdog \(device), also after a boot" }
    package var stepClass: StepClass { .converge }
    package var undo: Undo { .bestEffort("a watchdog module that is in use stays loaded until the next boot") }
    package var scope: Scope { .node }

    package init?(reading with: TableReader, peers: [Peer]) {
        guard let device = with.requiredString("device") else { return nil }
        self.device = device
    }

    private var find: String { WatchdogDevice.find(device.shellQuoted) }

    package func probe(_ node: NodeName) -> Script {
        Script(
            """
            \(find)
            \(WatchdogHolder.probe())
            [ -z "$identity" ] || fact identity "$identity"
            if [ -z "$identity" ]; then
                [ -z "$number" ] || refuse \("\(device) is no watchdog that the kernel describes; it has:".shellQuoted)"${others:- none}"
                needed \("there is no \(device)".shellQuoted)
            fi
            [ "$identity" = 'Software Watchdog' ] || satisfied
            \(expected)
            for file in $unit $dropin; do [ -f "$file" ] || needed 'softdog is not loaded at boot'; done
            [ "$(cat $unit $dropin)" = "$unit_text
            $dropin_text" ] || needed 'softdog is loaded at boot in another way'
            satisfied
            """)
    }

    package func judge(_ observations: [NodeName: Observation]) -> [NodeName: Verdict] {
        observations.mapValues { observation in
            WatchdogHolder(observation, of: device).map { .refused($0.obstacle) } ?? observation.verdict
        }
    }

    private var expected: String {
        """
        unit=/etc/systemd/system/harun-watchdog.service
        dropin=/etc/systemd/system/sbd.service.d/harun-watchdog.conf
        unit_text='# Written by harun: the software watchdog, before sbd needs it.
        [Unit]
        Description=Load the software watchdog for SBD
        Before=sbd.service

        [Service]
        Type=oneshot
        RemainAfterExit=yes
        ExecStart=/sbin/modprobe softdog nowayout=0'
        dropin_text='# Written by harun.
        [Unit]
        Wants=harun-watchdog.service
        After=harun-watchdog.service'
        """
    }

    /// Loads the module by hand: systemd reads the unit when sbd is configured, or at the next boot.
    package func apply(_ node: NodeName, _ observations: [NodeName: Observation]) -> Script? {
        Script(
            """
            \(PreImage.words)
            set -e
            \(expected)
            keep unit $unit
            keep dropin $dropin
            [ -d /sys/module/softdog ] || : >"$HARUN_STATE/loaded"
            mkdir -p "${dropin%/*}"
            printf '%s\\n' "$unit_text" >$unit
            printf '%s\\n' "$dropin_text" >$dropin
            modprobe softdog nowayout=0
            udevadm settle
            \(find)
            if [ -z "$identity" ]; then
                echo \("softdog is loaded, but \(device) is no watchdog; the kernel has:".shellQuoted)"${others:- none}" >&2
                exit 1
            fi
            """)
    }

    package func undo(_ node: NodeName) -> Script? {
        Script(
            """
            \(PreImage.words)
            kept dropin || exit 0
            folder=/etc/systemd/system/sbd.service.d
            put_back unit /etc/systemd/system/harun-watchdog.service || exit 1
            [ ! -d $folder ] || put_back dropin $folder/harun-watchdog.conf || exit 1
            rmdir $folder 2>/dev/null || :
            systemctl daemon-reload || exit 1
            [ ! -f "$HARUN_STATE/loaded" ] || modprobe -r softdog 2>/dev/null || :
            """)
    }
}
