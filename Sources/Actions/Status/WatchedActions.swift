/// Which steps of a plan `harun status` probes and judges, as `plan` and `deploy` do: what they find is the difference
/// between the cluster and the inventory, found by one function for all three.
package enum WatchedActions {
    /// Their end must hold for as long as the cluster is in use.
    package static let kinds: Set = [
        CIBFencingAction.kind, CIBResourcesAction.kind, CIBSimulateAction.kind, ClusterSetupAction.kind,
        ClusterStartAction.kind, FailoverMoveProcedure.kind, FencingProveAction.kind, ISCSILogin.kind, LUNProve.kind,
        OOMGuard.kind, SBDCheckAction.kind, SBDEnableAction.kind, SBDHeaderAction.kind, SBDRestartAction.kind,
        SBDWatchdogAction.kind,
        VMDistributeAction.kind,
    ]

    /// What nobody needs to look at while the cluster runs, each with the reason.
    package static let others: [String: String] = [
        AddressCheck.kind:
            "a look before the address is given to the cluster; cib.resources looks at its network afterwards",
        AptInstall.kind: "what of a package is needed shows in what runs",
        ClusterPristineAction.kind: "looks at what was there before the cluster",
        FileSystemMake.kind: "what became of the file system shows in its mount",
        FileWrite.kind: "guards against what people and updates may do, no part of the service",
        FstabClean.kind: "looks at what was there before the cluster",
        HostCheck.kind: "a look before anything is set up",
        HostReboot.kind: "brings up a desktop, no part of the service",
        ISCSIInitiator.kind: "what comes of a wrong name shows in the session",
        PcsAuthAction.kind: "pcs is a convenience of people; the cluster runs without it",
        ShellAction.kind: "belongs to runbooks of one's own, which status does not know",
        SystemdDefaultTarget.kind: "brings up a desktop, no part of the service",
        SystemdUnit.kind: "what comes of it shows in libvirt's answers",
        VMMoveAction.kind: "is over once the machine is on the LUN; cib.resources and vm.distribute look at it there",
    ]

    /// A proof that is missing or stale is told and is no fault of the cluster: nothing of it is out of order.
    package static let proofs: Set = [FailoverMoveProcedure.kind]
}
