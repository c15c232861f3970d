package import Steps

/// Every kind of step that runbooks may name.
package enum ActionCatalog {
    /// The kinds; adding an action means adding its type here.
    package static let all: [any Action.Type] = [
        AddressCheck.self,
        AptInstall.self,
        CIBFencingAction.self,
        CIBResourcesAction.self,
        CIBSimulateAction.self,
        ClusterPristineAction.self,
        ClusterSetupAction.self,
        ClusterStartAction.self,
        FailoverMoveProcedure.self,
        FencingProveAction.self,
        FileSystemMake.self,
        FileWrite.self,
        FstabClean.self,
        HostCheck.self,
        HostReboot.self,
        ISCSIInitiator.self,
        ISCSILogin.self,
        LUNProve.self,
        OOMGuard.self,
        PcsAuthAction.self,
        SBDCheckAction.self,
        SBDEnableAction.self,
        SBDHeaderAction.self,
        SBDRestartAction.self,
        SBDWatchdogAction.self,
        ShellAction.self,
        SystemdDefaultTarget.self,
        SystemdUnit.self,
        VMDistributeAction.self,
        VMMoveAction.self,
    ]

    /// The action of that name, nil where there is none.
    package static func type(named kind: String) -> (any Action.Type)? { all.first { $0.kind == kind } }

    /// The known names, for error messages and the reference.
    package static var kinds: [String] { all.map { $0.kind }.sorted() }
}
