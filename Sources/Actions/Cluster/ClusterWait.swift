import Steps
import Transport

/// Shell source that starts a node's cluster and waits for all the others, for several steps.
enum ClusterWait {
    /// Starts in one call; earlier failures, which sbd's first start without its disk leaves, are forgotten.
    static let start = """
        systemctl reset-failed corosync.service pacemaker.service sbd.service 2>/dev/null || :
        systemctl start corosync.service pacemaker.service
        """

    /// How long ``start`` may take: sbd may look for its disk first, and then sleeps (``SBDStartDelay``).
    static let startLimit = Duration.seconds(310 + SBDTimeouts.longestMsgwait)

    /// Refuses where Pacemaker runs anything but fencing devices on any node.
    static let refuseWhereResourcesRun = """
        if crm_mon -1 --output-as=xml 2>/dev/null |
            grep '<resource .*active="true"' | grep -qv 'resource_agent="stonith:'; then
            refuse 'resources run; they are stopped first'
        fi
        """

    /// Waits until every node is online for Pacemaker and there is quorum.
    ///
    /// Only the waiting: whether all is well is judged afterwards, from the parsed status. The counted
    /// lines are crm_mon's one line for a member, the same in all releases.
    static func untilReady(_ peers: [Peer], within limit: Duration) -> String {
        """
        end=$(($(date +%s) + \(Int(limit.inSeconds))))
        while :; do
            seen=$(crm_mon -1 --output-as=xml 2>/dev/null | grep -cE \\
                '<node name=.* online="true".* pending="false" unclean="false"|<current_dc .*with_quorum="true"') || :
            [ "${seen:-0}" -lt \(peers.count + 1) ] || break
            if [ "$(date +%s)" -ge "$end" ]; then
                crm_mon -1 >&2 || :
                echo 'the nodes did not find each other in \(Int(limit.inSeconds)) s' >&2
                if grep -qsi '^ENABLED=yes' /etc/ufw/ufw.conf; then
                    echo 'ufw is active here and may be why; for each other node, type: ufw allow from ADDRESS' >&2
                fi
                exit 1
            fi
            sleep 1
        done
        """
    }
}
