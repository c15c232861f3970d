/// Asks a node what the cluster has of a machine, where "no" must be proved.
///
/// `cibadmin` ends with one code for "there is no such resource" and with another for "no daemon answers", and the
/// second proves nothing: in maintenance mode Pacemaker stops and leaves the machine running. Its file is read then.
/// A file that lacks the machine is no proof either where other nodes may have a newer one.
struct ClusterQuestion {
    let machine: String

    private var id: String { ServiceResources.machineID(machine) }

    /// Shell source that defines `ask_cluster`.
    ///
    /// It sets `has` to `yes`, `no` or `unknown`, `why` to the reason, for people, and `cib` to the configuration.
    var words: String {
        """
        ask_cluster() {
            has=no; why=; cib=; file=/var/lib/pacemaker/cib/cib.xml
            command -v cibadmin >/dev/null || [ -e "$file" ] || return 0
            if cib=$(cibadmin --query 2>/dev/null); then
                case $cib in *' have-quorum="1"'*) ;; *) has=unknown; why='this part of the cluster has no quorum';; esac
                cib=${cib%%<status*}
                if ! now=$(crm_mon -1 --output-as=xml 2>/dev/null); then has=unknown; why='crm_mon does not answer'; fi
                case $now in *'<resource id="\(id)"'*)
                    now=${now#*<resource id=\\"\(id)\\"}
                    case ${now%%>*} in *' active="true"'*) has=yes; why='the cluster still runs \(machine)';; esac;;
                esac
            else
                cib=$(cat "$file" 2>/dev/null)
                others=$(grep -c '^[[:space:]]*ring0_addr' /etc/corosync/corosync.conf 2>/dev/null)
                [ "${others:-0}" -lt 2 ] ||
                    { has=unknown; why='Pacemaker does not run here, and the other nodes may know more; type: systemctl start pacemaker'; }
            fi
            case $cib in
            *' id="\(id)"'* | *'/\(machine).xml"'*) has=yes; why='the cluster still has \(machine)';;
            esac
        }
        """
    }
}
