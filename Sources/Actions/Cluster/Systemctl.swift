/// How units are enabled and disabled.
enum Systemctl {
    /// Without the step that brings the links of SysV scripts in line: the cluster's packages still ship
    /// such scripts, nothing reads those links, and making them takes many times longer than all the rest.
    private static let quick = "SYSTEMCTL_SKIP_SYSV=1 systemctl"

    static let enable = "\(quick) enable --quiet"
    static let disable = "\(quick) disable --quiet"
}
