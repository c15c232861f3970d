/// How units are enabled and disabled.
enum Systemctl {
    /// Without the step that brings the links of SysV scripts in line: the cluster's packages still ship
    /// such scripts, nothing reads those links, and making them takes many times longer than all the rest.
    private static let quick = "SYSTEMCTL_SKIP_SYSV=1 systemctl"

    static let enable = "\(quick) enable --quiet"
    static let disable = "\(quick) disable --quiet"

    /// Keeps, as the pre-image `units`, which of these units start at boot and which run; one process.
    static func keep(_ units: [String]) -> String {
        "keep_output units systemctl show -p Id,ActiveState,UnitFileState \(units.joined(separator: " "))"
    }

    /// Defines `units_as_before`: what the pre-image `units` says is so again.
    ///
    /// Starts before it enables: an sbd that came to a running cluster is enabled, never ran, and would keep corosync,
    /// which requires it, from starting.
    ///
    /// - Parameter leaving: what is neither started nor stopped: sbd comes and goes with corosync.
    static func unitsAsBefore(leaving: String = "") -> String {
        """
        units_as_before() {
            on=; off=; up=; down=
            sort_unit() {
                case $file in enabled) on="$on $id";; disabled) off="$off $id";; esac
                \(leaving.isEmpty ? "" : "[ \"$id\" != \(leaving) ] || return 0")
                case $active in active|activating|reloading) up="$up $id";; inactive|failed) down="$down $id";; esac
            }
            id=; file=; active=
            while IFS='=' read -r key value; do
                case $key in
                Id) id=$value;;
                UnitFileState) file=$value;;
                ActiveState) active=$value;;
                '') [ -z "$id" ] || sort_unit; id=; file=; active=;;
                esac
            done <"$pre/units"
            [ -z "$id" ] || sort_unit
            # shellcheck disable=SC2086
            {
                [ -z "$off" ] || \(disable) $off || return
                [ -z "$down" ] || systemctl stop $down || return
                [ -z "$up" ] || systemctl start $up || return
                [ -z "$on" ] || \(enable) $on || return
            }
        }
        """
    }
}
