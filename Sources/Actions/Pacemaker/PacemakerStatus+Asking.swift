package import Steps

extension PacemakerStatus {
    /// Reports the node's view as the blob `status`; an empty one where there is none.
    ///
    /// With the successes of the fence history, since they tell whether a failure was made good.
    package static let question = ProbeQuestion(
        "crm_mon -1 --output-as=xml --fence-history=2 2>/dev/null | blob status")

    /// Which node is active: the first one that runs a resource of the cluster, a fencing device left out.
    package static let activeNode = NodeQuestion(Script("", asking: [question], timeout: .seconds(30))) {
        PacemakerStatus($0)?.activeResources.first?.nodes.first
    }

    /// The view that a probe reported.
    package init?(_ observation: Observation?) {
        guard let xml = observation?.facts["status"] else { return nil }
        self.init(xml: xml)
    }
}
